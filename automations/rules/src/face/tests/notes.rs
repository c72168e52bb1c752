//! Comments become notes, and none is lost.

use std::fmt::Debug;

use super::*;

/// All notes of a rule with whose they are, in the order of the text.
fn notes(text: &str) -> Vec<(String, String)> {
    let rule = read(text);
    let mut found = Vec::new();
    let mut note = |whose: &str, note: &Option<std::sync::Arc<str>>| {
        found.extend(note.iter().map(|note| (whose.to_owned(), note.to_string())));
    };
    note("rule", &rule.note);
    for (at, when) in rule.when.iter().enumerate() {
        note(&format!("when[{at}]"), &when.note);
    }
    for (at, condition) in conditions(&rule).into_iter().enumerate() {
        note(&format!("only_if[{at}]"), &condition.note);
    }
    for (place, step) in rule.all_steps() {
        note(&place, &step.note);
        if let Action::Choose { choices, .. } = &step.action {
            for (at, choice) in choices.iter().enumerate() {
                note(&format!("{place}.choose[{at}]"), &choice.note);
            }
        }
    }
    assert_eq!(read(&rule_to_text(&rule)), rule);
    found
}

fn assert_notes(text: &str, expected: &[(&str, &str)]) {
    let found = notes(text);
    let found: Vec<_> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_comment_is_about_what_it_stands_above_or_behind() {
    assert_notes(
        "\
# above the rule
#
#   indented
id = \"x\" # behind the id
note = \"its note\" # behind the note

# above the trigger
[[when]] # behind its header
# above its key
at = \"06:30\" # behind its value

[[only_if]]
expr = \"true\" # behind the condition

# above the first step

[[do]]
run = \"y\"
# above a key
note = \"second\"

[[do]] # behind the header
set = { target = \"a\", on = true } # behind the set
# at the end
# of the file
",
        &[
            (
                "rule",
                "above the rule\n\nindented\nbehind the id\nbehind the note\nat the end\nof the file\nits note",
            ),
            (
                "when[0]",
                "above the trigger\nbehind its header\nabove its key\nbehind its value",
            ),
            ("only_if[0]", "behind the condition"),
            ("do[0]", "above the first step\nabove a key\nsecond"),
            ("do[1]", "behind the header\nbehind the set"),
        ],
    );
}

#[test]
fn a_comment_within_an_array_is_about_the_entry_before_it_on_its_line() {
    assert_notes(
        "\
id = \"x\"
[[do]]
if = \"a.on\" # the condition
then = [ # the list
    # above one
    { run = \"one\" }, # behind one
    { run = \"two\" } # behind two, before the comma
    ,
    # above three
    { if = \"b.on\", then = [ # inner
        { run = \"four\" }, # behind four
        # below four
    ] }, # behind three
    # below all
] # behind the list
",
        &[
            ("do[0]", "the condition\nthe list\nbehind the list"),
            ("do[0].then[0]", "above one\nbehind one"),
            ("do[0].then[1]", "behind two, before the comma"),
            (
                "do[0].then[2]",
                "above three\ninner\nbehind three\nbelow all",
            ),
            ("do[0].then[2].then[0]", "behind four\nbelow four"),
        ],
    );
}

#[test]
fn a_comment_at_what_has_no_note_goes_to_what_holds_it() {
    assert_notes(
        "\
id = \"x\"
when = [] # no triggers
[[do]]
set.target = [ # which
    \"a\", # the first
    # above the second
    \"b\",
    # below
] # behind
set.on = true # on
[[do]]
[do.wait] # header
# above until
until = \"a.on\" # until
timeout = \"5m\" # timeout
[[do]]
set = { # opened
    target = \"a\", # target
    # above on
    on = true, # on
    # below
} # closed
[[do]]
parallel = [ # branches
    # first branch
    [ # opened
        { run = \"one\" }, # one
    ], # closed
    [{ run = \"two\" }],
    # last
]
[[do]]
choose = [
    # first choice
    { if = \"a.on\", do = [ { run = \"one\" } # one
    ] },
]
",
        &[
            ("rule", "no triggers"),
            (
                "do[0]",
                "which\nthe first\nabove the second\nbelow\nbehind\non",
            ),
            ("do[1]", "header\nabove until\nuntil\ntimeout"),
            ("do[2]", "opened\ntarget\nabove on\non\nbelow\nclosed"),
            ("do[3]", "branches\nfirst branch\nopened\nclosed\nlast"),
            ("do[3].parallel[0][0]", "one"),
            ("do[4].choose[0]", "first choice"),
            ("do[4].choose[0].do[0]", "one"),
        ],
    );
}

#[test]
fn empty_comments_and_notes_are_none() {
    assert_notes(
        "#\nid = \"x\"\nnote = \" \"\n#\n[[do]] #\nrun = \"y\"\n#\n",
        &[],
    );
}

#[test]
fn a_hash_within_quotes_is_no_comment() {
    let rule = "id = \"x\"\n[[do]]\nnotify = \"a # b\"\n[[do]]\nnotify = '''\n# c'''\n";
    assert_notes(rule, &[]);
}

proptest! {
    #![proptest_config(repeatable(48))]

    #[test]
    fn no_comment_is_lost(rule in testing::rule(), places in proptest::collection::vec(0_u8..4, 400)) {
        // Every line of a canonical text may be followed by a comment, on it or on a line below it.
        let mut text = String::new();
        let mut count = 0;
        for (line, place) in rule_to_text(&rule).lines().zip(places.iter().cycle()) {
            text.push_str(line);
            if place & 1 != 0 && !line.is_empty() {
                text.push_str(&format!(" # <c{count}>"));
                count += 1;
            }
            text.push('\n');
            if place & 2 != 0 {
                text.push_str(&format!("# <c{count}>\n"));
                count += 1;
            }
        }
        let again = read(&text);
        let all = all_notes(&again);
        for n in 0..count {
            prop_assert_eq!(all.matches(&format!("<c{n}>")).count(), 1, "<c{}> in {}", n, text);
        }
        prop_assert_eq!(read(&rule_to_text(&again)), again);
    }
}

fn all_notes(rule: &impl Debug) -> String {
    format!("{rule:?}")
}
