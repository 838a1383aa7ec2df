//! The reader on small projects in memory.

use super::*;
use crate::parse::parse;
use crate::problem::ProblemSeverity;
use crate::read::vocabulary::{ComponentFacts, Kind, Need, Phase, Use};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A folder in memory; `..` never leads anywhere.
struct Memory(BTreeMap<PathBuf, String>);

impl Files for Memory {
    fn read(&mut self, folder: &Path, path: &str) -> Result<Found, NotRead> {
        let path = folder.join(path.trim_start_matches("./"));
        if path.components().any(|part| matches!(part, std::path::Component::ParentDir)) {
            return Err(NotRead::Outside);
        }
        let text = self.0.get(&path).ok_or(NotRead::Missing)?;
        Ok(Found { bytes: text.clone().into_bytes(), path })
    }
}

struct Project {
    reading: Reading,
    sources: Sources,
}

/// Reads `shop/compose.yaml` among other files.
fn project_with(main: &str, others: &[(&str, &str)], options: &Options) -> Project {
    let mut files =
        Memory(others.iter().map(|(path, text)| (Path::new("shop").join(path), (*text).to_owned())).collect());
    let mut sources = Sources::default();
    let path = Path::new("shop/compose.yaml");
    let parsed = parse(&mut sources, "shop/compose.yaml", main.as_bytes(), &Limits::default());
    assert_eq!(parsed.problems, []);
    let reading = read(parsed, path, options, &mut files, &mut sources, &Limits::default());
    Project { reading, sources }
}

fn project(main: &str, others: &[(&str, &str)]) -> Project {
    project_with(main, others, &Options { with_override: true, profiles: Profiles::Default })
}

/// A project without mistakes.
fn good(main: &str, others: &[(&str, &str)]) -> Project {
    let project = project(main, others);
    assert_eq!(project.reading.problems, []);
    project
}

impl Project {
    fn component(&self, name: &str) -> &ComponentFacts {
        self.reading.fragment.facts.components.get(name).expect("the component exists")
    }

    fn names(&self) -> Vec<&str> {
        self.reading.fragment.facts.components.iter().map(|(name, _)| name.value.as_str()).collect()
    }

    fn targets(&self, name: &str) -> Vec<&str> {
        self.component(name).uses.0.iter().map(|used| used.target.value.as_str()).collect()
    }

    fn edge(&self, from: &str, to: &str) -> &Use {
        self.component(from).uses.0.iter().find(|used| used.target.value == to).expect("the edge exists")
    }

    fn text(&self, span: Option<Span>) -> &str {
        self.sources.text(span.expect("the fact has a place"))
    }

    /// `severity code message` of every problem.
    fn problems(&self) -> Vec<(ProblemSeverity, &str, &str)> {
        self.reading.problems.iter().map(|p| (p.severity, p.code, p.message.as_str())).collect()
    }
}

#[test]
fn an_override_adds_replaces_and_resets() {
    let main = "
services:
  web:
    image: nginx
    command: [a, 'http://old:80']
    depends_on: [old]
    environment: {A: 'http://old', B: 'http://both'}
    ports: ['127.0.0.1:80:80']
    healthcheck: {test: [CMD, pgrep, x], interval: 5s}
  old: {image: busybox}
  both: {image: busybox}
  new: {image: busybox}
  gone: {image: busybox, ports: ['1:1'], container_name: x}
";
    let over = "
services:
  web:
    command: [b]
    depends_on: {new: {condition: service_healthy}}
    environment: ['A=http://new']
    ports: ['8080:80']
    healthcheck: {test: [CMD, curl, -f, 'http://x/ready']}
  gone:
    ports: !reset []
    container_name:
  extra: {image: postgres, volumes: !override ['/var/lib/postgresql']}
";
    let read = good(main, &[("compose.override.yaml", over)]);
    assert_eq!(read.names(), ["web", "old", "both", "new", "gone", "extra"]);
    assert_eq!(read.targets("web"), ["old", "new", "both"]);
    assert!(read.edge("web", "old").facts.phase.is_absent(), "only `depends_on` of the first file is left of it");
    assert_eq!(read.edge("web", "new").facts.phase.value(), Some(&Phase::Run));
    assert_eq!(read.text(read.component("web").public.span()), "'8080:80'");
    let health = read.component("web").health.value().unwrap();
    assert_eq!(health.path.value().unwrap().0, "/ready");
    assert_eq!(health.interval.value().unwrap().0.to_string(), "5");
    assert!(read.component("gone").public.is_absent());
    assert_eq!(read.text(read.component("gone").replicas.span()), "x", "null says nothing");
    assert!(read.component("extra").persist.is_none(), "a volume without a name goes with its container");
    let alone = project_with(main, &[("compose.override.yaml", over)], &Options::default());
    assert!(!alone.names().contains(&"extra"));
}

#[test]
fn extends_lays_a_service_over_its_base() {
    let read = project(
        "
services:
  a: {extends: {file: base/common.yaml, service: app}, environment: {B: http://c}}
  b: {extends: a, depends_on: [c]}
  c: {image: redis}
",
        &[(
            "base/common.yaml",
            "services: {app: {extends: root, environment: {A: 'http://c', B: 'http://b'}}, root: {image: nginx, ports: ['80:80'], depends_on: [far]}}",
        )],
    );
    assert_eq!(read.component("a").tech.value().unwrap().0, "nginx");
    assert_eq!(read.targets("a"), ["c"]);
    let problems = &read.reading.problems;
    assert!(problems.iter().all(|problem| problem.severity == ProblemSeverity::Warning), "it may exist elsewhere");
    assert_eq!(problems.len(), 2);
    assert_eq!(read.targets("b"), ["c"]);
    assert!(read.sources.place(read.component("b").public.span().unwrap()).starts_with("shop/base/common.yaml:1:"));
}

#[test]
fn circles_and_unknown_bases_are_mistakes() {
    let read =
        project("services: {web: {extends: api, image: x}, api: {extends: web}, job: {extends: wbe, image: x}}", &[]);
    let codes: Vec<&str> = read.problems().iter().map(|problem| problem.1).collect();
    assert_eq!(codes, ["compose-loop", "compose-loop", "compose-unknown-service"]);
    assert_eq!(read.reading.problems[2].help.as_deref(), Some("Did you mean `web`?"));
    assert_eq!(read.names(), ["web", "api", "job"]);
}

#[test]
fn includes_bring_their_own_services_and_variables() {
    let read = good(
        "
include:
  - one/compose.yaml
  - {path: [two/a.yaml, two/b.yaml], env_file: two/vars}
services:
  web: {image: nginx, environment: {DB: 'http://$HOST', A_HOST: db}}
",
        &[
            (".env", "HOST=db\n"),
            (
                "one/compose.yaml",
                "services: {db: {image: postgres, environment: {X: 'http://$HOST/$OWN'}, volumes: ['data:/var/lib/postgresql/data']}}",
            ),
            ("one/.env", "HOST=overridden\nOWN=1\n"),
            ("two/a.yaml", "services: {worker: {image: x, environment: {Y: 'http://$ELSE'}}}"),
            ("two/b.yaml", "services: {worker: {depends_on: [web]}}"),
            ("two/vars", "ELSE=db\n"),
        ],
    );
    assert_eq!(read.names(), ["web", "db", "worker"]);
    assert_eq!(read.targets("web"), ["db"]);
    assert_eq!(read.targets("db"), [""; 0]);
    assert_eq!(read.targets("worker"), ["web", "db"]);
    assert_eq!(read.reading.files.len(), 4);
}

#[test]
fn what_is_not_there_is_said_once_and_nothing_is_called_wrong_for_it() {
    let read = project(
        "
include: [missing.yaml, ../outside.yaml, 'https://example.org/compose.yaml', missing.yaml, '$NOWHERE/compose.yaml']
services:
  web: {image: nginx, depends_on: [db], env_file: [secret.env, {path: other.env, required: false}]}
",
        &[],
    );
    let expected = [
        "an included file is not read: there is no such file",
        "an included file is not read: it lies outside the repository, and nothing there is read",
        "a remote file is not included",
        "an included file is not read: there is no such file",
        "`web` depends on `db`, and there is no such service",
    ];
    assert_eq!(read.problems().iter().map(|problem| problem.2).collect::<Vec<_>>(), expected);
    assert!(read.reading.problems.iter().all(|problem| problem.severity == ProblemSeverity::Warning));
}

#[test]
fn an_unknown_service_is_a_mistake_where_everything_is_known() {
    let read = project("services: {web: {image: nginx, depends_on: [databse]}, database: {image: postgres}}", &[]);
    assert_eq!(
        read.problems(),
        [(
            ProblemSeverity::Error,
            "compose-unknown-service",
            "`web` depends on `databse`, and there is no such service"
        )]
    );
    assert_eq!(read.reading.problems[0].help.as_deref(), Some("Did you mean `database`?"));
    let overlay = project("services: {web: {environment: {A: b}, depends_on: [db]}}", &[]);
    assert_eq!(overlay.reading.problems[0].severity, ProblemSeverity::Warning, "`web` is completed by another file");
    let optional = "services: {web: {image: nginx, depends_on: {db: {condition: service_started, required: false}}}}";
    good(optional, &[]);
}

#[test]
fn broken_parts_are_left_out_alone() {
    let read =
        project("services: {web: [nginx], db: {image: postgres, depends_on: x, ports: 5, volumes: {a: b}}}", &[]);
    let messages: Vec<&str> = read.problems().iter().map(|problem| problem.2).collect();
    assert_eq!(messages, ["service `web` is not a map", "`depends_on` of `db` is neither a list nor a map"]);
    assert_eq!(read.component("db").kind.value(), Some(&Kind::Database));
    for (text, code) in [("- a", "compose-shape"), ("services: x", "compose-shape"), ("volumes: {}", "empty-design")] {
        assert_eq!(project(text, &[]).problems()[0].1, code, "{text}");
    }
    assert_eq!(project("# nothing", &[]).problems()[0].1, "empty-design");
}

#[test]
fn profiles_are_off_unless_switched_on() {
    let text = "
services:
  web: {image: nginx, depends_on: [debug]}
  debug: {image: x, profiles: [debug, tools]}
  off: {image: x, deploy: {replicas: 0}}
";
    let read = project(text, &[]);
    assert_eq!(read.names(), ["web"]);
    assert_eq!(read.reading.problems[0].message, "`web` depends on `debug`, which only starts with profile `debug`");
    assert_eq!(read.reading.notes.len(), 2, "{:?}", read.reading.notes);
    assert_eq!(good(text, &[(".env", "COMPOSE_PROFILES=other,tools\n")]).names(), ["web", "debug"]);
    let all = project_with(text, &[], &Options { profiles: Profiles::All, ..Options::default() });
    assert_eq!(all.names(), ["web", "debug", "off"]);
    assert_eq!(good("services: {a: {image: x, profiles: [p]}}", &[]).names(), ["a"], "an empty design answers nothing");
}

#[test]
fn edges_say_when_and_how_much() {
    let read = good(
        "
services:
  app:
    image: app
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
      cache: {condition: service_started}
      sessions: {condition: service_healthy}
      mail: {condition: service_started, required: false}
    environment:
      DATABASE_URL: 'postgres+asyncpg://u:p@db/app'
      OTEL_EXPORTER_OTLP_ENDPOINT: http://collector:4318
      CELERY_BROKER_URL: redis://jobs
      SELF_URL: http://app
  worker: {image: app, command: celery -A x worker, links: ['db:database'], network_mode: 'service:app'}
  db: {image: postgres, volumes: ['data:/var/lib/postgresql/data']}
  cache: {image: redis}
  jobs: {image: redis}
  sessions: {image: redis}
  migrate: {image: app, depends_on: [db]}
  mail: {image: x}
  collector: {image: otel/opentelemetry-collector, environment: {DB_HOST: db}}
  init: {image: x, restart: 'no', depends_on: [db]}
",
        &[],
    );
    assert_eq!(read.targets("app"), ["db", "migrate", "cache", "sessions", "mail", "collector", "jobs"]);
    let edge = |to: &str| &read.edge("app", to).facts;
    assert_eq!(read.text(edge("db").gated.span()), "service_healthy");
    assert_eq!(edge("db").phase.value(), Some(&Phase::Run));
    assert_eq!(edge("db").protocol.value().unwrap().0, "postgresql");
    assert_eq!(edge("migrate").phase.value(), Some(&Phase::Start));
    assert!(edge("cache").gated.is_none() && edge("cache").phase.is_absent() && edge("cache").need.is_absent());
    assert_eq!(edge("sessions").need.value(), Some(&Need::Hard));
    assert_eq!(edge("mail").need.value(), Some(&Need::Soft));
    assert_eq!(edge("collector").need.value(), Some(&Need::Soft));
    assert!(edge("collector").gated.is_absent());
    assert_eq!(edge("jobs").need.value(), Some(&Need::Hard));
    assert_eq!(read.targets("worker"), ["db", "app"]);
    assert_eq!(read.edge("collector", "db").facts.need.value(), Some(&Need::Soft), "a collector reads from it");
    let kinds = ["migrate", "init", "worker", "cache"].map(|name| read.component(name).kind.value().copied());
    assert_eq!(kinds, [Some(Kind::Job), Some(Kind::Job), Some(Kind::Worker), Some(Kind::Cache)]);
}

#[test]
fn files_of_variables_count_under_the_environment() {
    let read = good(
        "
services:
  app: {image: x, env_file: [one.env, {path: two.env}, gone.env], environment: {A_HOST: nowhere}}
  a: {image: x}
  b: {image: x}
  c: {image: x, env_file: one.env}
  d: {image: x}
",
        &[("one.env", "A_HOST=a\nB_HOST=b\nD_URL=http://d\n"), ("two.env", "B_HOST=c\nVIRTUAL_HOST=x\n")],
    );
    assert_eq!(read.targets("app"), ["d", "c"]);
    assert_eq!(read.targets("c"), ["a", "b", "d"]);
    assert_eq!(read.text(read.edge("app", "c").facts.phase.span()), "{path: two.env}");
    assert!(read.component("app").public.value().is_some());
    assert!(read.component("c").public.is_absent());
}

#[test]
fn everything_that_needs_everything_is_cut_short() {
    let names: Vec<String> = (0..600).map(|at| format!("s{at}")).collect();
    let mut text = format!("x-all: &all [{}]\nservices:\n", names.join(", "));
    for name in &names {
        text += &["  ", name, ": {image: x, depends_on: *all}\n"].concat();
    }
    let read = project(&text, &[]);
    assert_eq!(read.problems().iter().map(|problem| problem.1).collect::<Vec<_>>(), ["compose-too-large"]);
    let edges: usize = names.iter().map(|name| read.targets(name).len()).sum();
    assert!(edges <= 250_000 && edges > 200_000);
}

#[test]
fn services_are_reached_under_all_their_names() {
    let read = good(
        "
services:
  a: {image: x, environment: ['A_HOST=alias', 'B_HOST=box', 'C_URL=http://named:80', 'D_HOST=shared']}
  b: {image: x, networks: {n: {aliases: [alias, shared]}}}
  c: {image: x, hostname: box, networks: {n: {aliases: [shared]}}}
  d: {image: x, container_name: named}
",
        &[],
    );
    assert_eq!(read.targets("a"), ["b", "c", "d"]);
}

#[test]
fn copies_and_publicity_are_only_said_where_shown() {
    let read = good(
        "
services:
  named: {image: x, container_name: n}
  port: {image: x, ports: ['8080:80']}
  range: {image: x, ports: ['8080-8090:80']}
  random: {image: x, ports: ['80']}
  local: {image: x, ports: ['127.0.0.1:80:80']}
  long: {image: x, ports: [{target: 80, published: 80, host_ip: '::1'}, {target: 81, published: '81'}]}
  three: {image: x, container_name: t, deploy: {replicas: 3}}
  scaled: {image: x, scale: 2}
  global: {image: x, container_name: g, deploy: {mode: global}}
  routed: {image: x, labels: {traefik.http.routers.web.rule: Host(`a`)}}
  hidden: {image: x, labels: ['traefik.enable=false', 'traefik.http.routers.web.rule=x']}
  proxy: {image: traefik}
",
        &[],
    );
    let copies = |name: &str| read.component(name).replicas.value().map(|replicas| replicas.max);
    let public = |name: &str| read.component(name).public.value().is_some();
    for (name, expected_copies, expected_public) in [
        ("named", Some(1), false),
        ("port", Some(1), true),
        ("range", None, true),
        ("random", None, false),
        ("local", Some(1), false),
        ("long", Some(1), true),
        ("three", Some(3), false),
        ("scaled", Some(2), false),
        ("global", None, false),
        ("routed", None, true),
        ("hidden", None, false),
    ] {
        assert_eq!((copies(name), public(name)), (expected_copies, expected_public), "{name}");
    }
    assert_eq!(read.targets("proxy"), ["routed"]);
}

#[test]
fn stores_persist_where_their_folder_is_mounted() {
    let read = good(
        "
services:
  named: {image: postgres, volumes: ['data:/var/lib/postgresql/data']}
  parent: {image: 'postgres:18', volumes: ['./d:/var/lib/postgresql']}
  nothing: {image: postgres}
  config: {image: postgres, volumes: ['./init.sql:/docker-entrypoint-initdb.d/init.sql']}
  memory: {image: postgres, tmpfs: [/var/lib/postgresql/data]}
  moved: {image: postgres, environment: {PGDATA: /elsewhere}, volumes: ['./d:/elsewhere']}
  long: {image: mongo, volumes: [{type: bind, source: ./d, target: /data/db}]}
  lists: {image: mysql, volumes: [{type: tmpfs, target: /var/lib/mysql}]}
  kept: {image: redis, volumes: ['cache:/data'], command: redis-server --maxmemory-policy noeviction}
  cache: {image: redis}
  shell: {image: mongo, command: [sh, -c, 'mongosh --eval x']}
  router: {image: mongo, command: mongos --configdb c}
  script: {image: postgres, command: [sh, -c, 'exec postgres -c x=y']}
",
        &[],
    );
    let persist = |name: &str| {
        let persist = &read.component(name).persist;
        if persist.is_none() { Some(false) } else { persist.value().map(|_| true) }
    };
    for (name, expected) in [
        ("named", Some(true)),
        ("parent", Some(true)),
        ("nothing", Some(false)),
        ("config", Some(false)),
        ("memory", Some(false)),
        ("moved", None),
        ("long", Some(true)),
        ("lists", Some(false)),
        ("kept", Some(true)),
        ("cache", None),
        ("shell", None),
        ("router", None),
        ("script", Some(false)),
    ] {
        assert_eq!(persist(name), expected, "{name}");
    }
    assert_eq!(read.component("kept").kind.value(), Some(&Kind::Database));
    assert_eq!(read.component("kept").eviction.value().unwrap().0, "noeviction");
    assert!(read.component("shell").kind.is_absent() && read.component("router").tech.is_absent());
}

#[test]
fn releases_are_read_from_update_config() {
    let read = good(
        "
services:
  a: {image: x, deploy: {update_config: {order: start-first, parallelism: 2, failure_action: rollback}}}
  b: {image: x, deploy: {update_config: {order: stop-first}, rollback_config: {parallelism: 1}}}
  c: {image: x, deploy: {resources: {}}}
",
        &[],
    );
    let deploy = |name: &str| read.component(name).deploy.value().cloned();
    let a = deploy("a").unwrap();
    assert!(matches!(a.surge.value(), Some(crate::read::vocabulary::Surge::Copies(2))));
    assert!(a.rollback.value().unwrap().how.value().is_some());
    let b = deploy("b").unwrap();
    assert!(b.surge.is_none() && b.rollback.value().unwrap().how.is_absent());
    assert_eq!(deploy("c"), None);
}

#[test]
fn authors_have_the_first_word() {
    let read = good(
        "
x-premortem:
  flows: {buy: {path: [web, db], critical: true}}
  scale: {now: 4rps}
services:
  web:
    image: nginx
    depends_on: [db, cache]
    labels: {premortem.owner: shop, premortem.tier: '1'}
    x-premortem:
      kind: gateway
      uses: {db: {timeout: 1s}, mail: soft}
      one_of: {caches: [cache]}
      accept: {some-rule: because}
  db: {image: postgres, labels: ['premortem.kind=search']}
  cache: {image: redis}
  mail: {image: x}
",
        &[],
    );
    let web = read.component("web");
    assert_eq!(web.kind.value(), Some(&Kind::Gateway));
    assert_eq!(web.tech.value().unwrap().0, "nginx");
    assert_eq!((web.owner.value().unwrap().0.as_str(), web.tier.value().unwrap().0), ("shop", 1));
    assert_eq!(read.targets("web"), ["db", "mail"], "a member of a group is no edge beside it");
    let db = &read.edge("web", "db").facts;
    assert!(db.timeout.value().is_some() && db.gated.is_none());
    assert!(web.accept.get("some-rule").is_some());
    assert_eq!(read.component("db").kind.value(), Some(&Kind::Search));
    assert!(read.reading.fragment.facts.flows.get("buy").is_some());
    assert_eq!(read.reading.fragment.facts.system.value().unwrap().0, "shop");
}

#[test]
fn mistakes_in_our_own_words_are_pointed_out() {
    let read = project(
        "services: {a: {image: x, labels: {premortem.kind: databse, premortem.color: red}, x-premortem: {onwer: me, tier: 2}}}",
        &[],
    );
    let messages: Vec<&str> = read.problems().iter().map(|problem| problem.2).collect();
    assert_eq!(messages, ["`databse` is no kind", "there is no label `premortem.color`", "unknown key `onwer`"]);
    assert_eq!(read.component("a").tier.value().unwrap().0, 2, "the rest is read");
    assert_eq!(read.text(read.reading.problems.last().map(Problem::primary)), "onwer");
}

#[test]
fn values_of_variables_stay_inside() {
    let secret = "hunter2";
    let read = project(
        "
name: ${PASSWORD}
include: ['$PASSWORD/x.yaml']
services:
  web:
    image: ${PASSWORD}
    extends: {file: '$PASSWORD', service: $PASSWORD}
    depends_on: [$PASSWORD]
    env_file: $PASSWORD
    labels: {premortem.kind: $PASSWORD}
    environment: [PASSWORD, 'DB=postgres://u:$PASSWORD@db/x']
    healthcheck: {test: curl -f http://localhost/$PASSWORD}
    deploy: {replicas: $PASSWORD}
    profiles: [$PASSWORD]
  db: {image: postgres, extends: $PASSWORD}
  other: {image: x, depends_on: [web], extends: '${PASSWORD}'}
",
        &[(".env", "PASSWORD=hunter2\n")],
    );
    assert!(!read.problems().is_empty());
    let said = format!("{:?} {:?} {:?}", read.reading.problems, read.reading.notes, read.reading.fragment);
    assert!(!said.contains(secret));
}

#[test]
fn other_notations_are_told_apart() {
    for (text, expected) in [
        ("services: {web: {image: nginx}}", true),
        ("services: {web: {environment: [A]}}", true),
        ("services: {App\\: {resource: ../src, autowire: true}}", false),
        ("services: [postgres]", false),
        ("services:", false),
        ("components: {a: }\nservices: {a: {image: x}}", false),
        ("a: b", false),
    ] {
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "x.yaml", text.as_bytes(), &Limits::default());
        assert_eq!(parsed.tree.documents().next().is_some_and(is_compose), expected, "{text}");
    }
}
