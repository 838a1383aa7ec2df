-- Findings of premortem as diagnostics, while the text is being written. Neovim 0.7 or later and no plugin: copy this file
-- to ~/.config/nvim/plugin/.

local namespace = vim.api.nvim_create_namespace("premortem")
local severities = {
  ERROR = vim.diagnostic.severity.ERROR,
  WARNING = vim.diagnostic.severity.WARN,
  INFO = vim.diagnostic.severity.INFO,
}
-- The last run of each buffer: an earlier one that ends later tells about old text.
local last = {}

local function check(buffer)
  if vim.fn.executable("premortem") == 0 then
    return
  end
  local file = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ":.")
  local job
  job = vim.fn.jobstart({ "premortem", "check", "--format", "rdjson", "--stdin-filename", file, "-" }, {
    stdout_buffered = true,
    on_stdout = function(_, lines)
      local is_report, report = pcall(vim.json.decode, table.concat(lines, "\n"))
      if not is_report or last[buffer] ~= job or not vim.api.nvim_buf_is_valid(buffer) then
        return
      end
      local diagnostics = {}
      for _, found in ipairs(report.diagnostics) do
        -- A design may have more files; each buffer shows its own.
        if found.location.path == file then
          local from, to = found.location.range.start, found.location.range["end"]
          table.insert(diagnostics, {
            lnum = from.line - 1,
            col = from.column - 1,
            end_lnum = to.line - 1,
            end_col = to.column - 1,
            severity = severities[found.severity],
            code = found.code.value,
            source = "premortem",
            -- What follows is for whoever asks: `premortem explain`.
            message = (found.message:gsub("\n.*", "")),
          })
        end
      end
      vim.diagnostic.set(namespace, buffer, diagnostics)
    end,
  })
  last[buffer] = job
  vim.fn.chansend(job, table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, true), "\n") .. "\n")
  vim.fn.chanclose(job, "stdin")
end

vim.api.nvim_create_autocmd({ "BufReadPost", "BufWritePost", "InsertLeave", "TextChanged" }, {
  group = vim.api.nvim_create_augroup("premortem", {}),
  pattern = { "*.arch.yaml", "*.arch.yml" },
  callback = function(event)
    check(event.buf)
  end,
})
