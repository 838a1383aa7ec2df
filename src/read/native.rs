//! premortem's own notation.
