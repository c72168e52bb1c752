//! The import as a user sees it: files in, texts of rules and a report out.

#[path = "import/golden.rs"]
mod golden;
#[path = "import/semantics.rs"]
mod semantics;
#[path = "import/total.rs"]
mod total;
