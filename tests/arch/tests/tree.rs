//! What must hold of this repository.

use std::io;

use arch::{Tree, bans, dependencies, fields, files, layers, licences};

fn holds(check: impl Fn(&Tree) -> Vec<String>) -> io::Result<()> {
    let tree = Tree::of_this_repository()?;
    assert!(tree.paths().count() > 50, "the tree was not read");
    none(&check(&tree));
    Ok(())
}

fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_crate_depends_on_lower_layers_alone() -> io::Result<()> {
    holds(layers::wrong_directions)
}

#[test]
fn pure_crates_name_no_io_library() -> io::Result<()> {
    holds(dependencies::io_in_pure_crates)
}

#[test]
fn each_library_is_named_by_its_owner_alone() -> io::Result<()> {
    holds(dependencies::libraries_outside_their_owner)
}

#[test]
fn every_dependency_is_used() -> io::Result<()> {
    holds(dependencies::unused)?;
    holds(dependencies::untaken)
}

#[test]
fn every_crate_takes_the_workspace_lints_and_licence() -> io::Result<()> {
    holds(dependencies::outside_the_workspace_settings)
}

#[test]
fn pure_crates_repeat_every_ban() -> io::Result<()> {
    holds(bans::missing)?;
    holds(bans::differing_settings)
}

#[test]
fn the_top_level_is_as_designed() -> io::Result<()> {
    holds(files::unexpected_at_the_top)
}

#[test]
fn every_rust_file_says_what_it_owns() -> io::Result<()> {
    holds(files::without_header)
}

#[test]
fn no_file_is_too_long() -> io::Result<()> {
    holds(files::too_long)
}

#[test]
fn nothing_names_the_machine_it_was_written_on() -> io::Result<()> {
    holds(files::machine_paths)?;
    holds(files::foreign_registries)
}

#[test]
fn nothing_is_left_for_later() -> io::Result<()> {
    holds(files::left_for_later)
}

#[test]
fn no_lint_is_switched_off_without_an_expectation() -> io::Result<()> {
    holds(files::bare_allows)
}

#[test]
fn no_test_is_skipped() -> io::Result<()> {
    holds(files::skipped_tests)
}

#[test]
fn the_log_says_the_same_thing_under_the_same_name() -> io::Result<()> {
    holds(fields::misnamed)
}

#[test]
fn every_licence_is_permissive() -> io::Result<()> {
    none(&licences::not_allowed(&licences::metadata()?));
    Ok(())
}
