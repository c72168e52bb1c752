//! Errors: each at its line and column, with its cause and what to write instead.

use super::*;

#[test]
fn an_unknown_key_is_told_at_the_key() {
    for (text, expected) in [
        (
            "id = \"x\"\nnmae = \"y\"\n[[do]]\nrun = \"y\"",
            "line 2, column 1: \"nmae\" has no meaning here (did you mean name?)",
        ),
        (
            "id = \"x\"\n  enable = true\n[[do]]\nrun = \"y\"",
            "line 2, column 3: \"enable\" has no meaning here (did you mean enabled?)",
        ),
        (
            "id = \"x\"\n[[do]]\nrun = \"y\"\n[[wen]]\nat = \"06:30\"",
            "line 4, column 3: \"wen\" has no meaning here (did you mean when?)",
        ),
        (
            "id = \"x\"\n[[do]]\nrun = \"y\"\n[owners]\na = 1",
            "line 4, column 2: \"owners\" has no meaning here (did you mean owner?)",
        ),
        (
            "id = \"x\"\n[[when]]\nat = \"06:30\"\nday = \"mon\"\n[[do]]\nrun = \"y\"",
            "line 4, column 1: when[0]: \"day\" has no meaning here (did you mean days?)",
        ),
        (
            "id = \"x\"\n[[when]]\nat = \"06:30\"\nfor = \"5m\"\n[[do]]\nrun = \"y\"",
            "line 4, column 1: when[0]: \"for\" has no meaning here (known are at, days, name, note)",
        ),
        (
            "id = \"x\"\n[[when]]\nbecome = \"a.on\"\n[[do]]\nrun = \"y\"",
            "line 3, column 1: when[0]: \"become\" has no meaning here (did you mean becomes?)",
        ),
        (
            "id = \"x\"\n[[only_if]]\nexpr = \"a.on\"\nnot = 1\n[[do]]\nrun = \"y\"",
            "line 4, column 1: only_if[0]: \"not\" has no meaning here (did you mean note?)",
        ),
        (
            "id = \"x\"\n[[do]]\nset = { target = \"a\", levl = 5 }",
            "line 3, column 23: do[0].set.levl: devices have no \"levl\" to set (did you mean level?)",
        ),
        (
            "id = \"x\"\n[[do]]\nset = { target = \"a\", temperature = 5 }",
            "line 3, column 23: do[0].set.temperature: \"temperature\" is what a device shows; it cannot be set (a property like on or level can, or \"Cluster.Attribute\" in quotes)",
        ),
        (
            "id = \"x\"\n[[do]]\nset = { target = \"a\", LevelControl.OnLevel = 5 }",
            "line 3, column 23: do[0].set.LevelControl: \"LevelControl\" is a cluster, which cannot be set whole (put cluster and attribute in quotes: \"LevelControl.Name\" = value)",
        ),
        (
            "id = \"x\"\n[[do]]\nset = { target = \"a\", on = true }\nensure = { rety = 2 }",
            "line 4, column 12: do[0].ensure: \"rety\" has no meaning here (did you mean retry?)",
        ),
        (
            "id = \"x\"\n[[do]]\nwait = { until = \"a.on\", timeout = \"5m\", ese = \"stop\" }",
            "line 3, column 42: do[0].wait: \"ese\" has no meaning here (did you mean else?)",
        ),
        (
            "id = \"x\"\n[[do]]\ninvoke = { device = \"a\", comand = \"OnOff.On\" }",
            "line 3, column 10: do[0].invoke: command is missing\nline 3, column 26: do[0].invoke: \"comand\" has no meaning here (did you mean command?)",
        ),
        (
            "id = \"x\"\n[[do]]\nnotfy = \"hello\"",
            "line 3, column 1: do[0]: \"notfy\" has no meaning here (did you mean notify?)",
        ),
        (
            "id = \"x\"\n[[do]]\nif = \"a.on\"\nthen = [\n  { run = \"y\", whit = 1 },\n]",
            "line 5, column 16: do[0].then[0]: \"whit\" has no meaning here (known are note, run)",
        ),
    ] {
        assert_eq!(wrong(text), expected, "{text}");
    }
}

#[test]
fn an_error_of_one_field_calls_no_other_unknown() {
    for (text, expected) in [
        (
            "[[when]]\nbecomes = \"a.\"\nafter_gap = true\nfor = \"5m\"",
            "line 3, column 13: when[0].becomes: a name is missing after the dot",
        ),
        (
            "[[when]]\nevent = \"a.on\"\nwhere = { x = 1 }",
            "line 3, column 10: when[0].event: a.on is a value, not an event (an event is named like front-door/1/DoorLock.LockOperation)",
        ),
        (
            "[[when]]\nat = \"25:00\"\ndays = \"mon\"",
            "line 3, column 7: when[0].at: hour must be 0 to 23, not 25",
        ),
        (
            "[[when]]\npressed = \"a b\"\npress = \"double\"",
            "line 3, column 12: when[0].pressed: a b is no device's name in rules (write a-b)",
        ),
        (
            "[[when]]\nrecovered = \"a/x\"\nafter = \"5m\"",
            "line 3, column 16: when[0].recovered: after / comes the number of an endpoint (write a/2, say)",
        ),
    ] {
        assert_eq!(
            wrong(&format!("id = \"x\"\n{text}\n{STEP}")),
            expected,
            "{text}"
        );
    }
    for (text, expected) in [
        (
            "if = \"a.\"\nthen = [{ run = \"y\" }]\nelse = [{ run = \"y\" }]",
            "line 3, column 8: do[0].if: a name is missing after the dot",
        ),
        (
            "repeat = 0\ndo = [{ run = \"y\" }]",
            "line 3, column 10: do[0].repeat: 0 is not from 1 to 1000",
        ),
        (
            "set = { target = \"a b\", on = true }\nensure = true",
            "line 3, column 19: do[0].set.target: a b is no device's name in rules (write a-b)",
        ),
        (
            "set = { target = \"a\", on = \"b.\" }",
            "line 3, column 30: do[0].set.on: a name is missing after the dot",
        ),
        (
            "scene = \"A B\"\ntransition = \"5s\"",
            "line 3, column 9: do[0].scene: an id has lower case letters, digits and hyphens, unlike \"A B\" (write \"a-b\")",
        ),
        (
            "notify = \"\"\nto = \"ann\"",
            "line 3, column 10: do[0].notify: the text is empty",
        ),
    ] {
        assert_eq!(
            wrong(&format!("id = \"x\"\n[[do]]\n{text}")),
            expected,
            "{text}"
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_in_the_order_of_the_text() {
    let text = "\
id = \"No Id\"
name = 5
mode = \"singel\"
max = 3

[[when]]
at = \"sunsett\"

[[when]]
becomes = \"hall.on = true\"

[[only_if]]
expr = \"5 lumen < hall.illuminance\"

[[do]]
set = { target = [\"a\", \"b c\"], on = tru, level = \"40 %\" }
";
    assert_eq!(
        wrong(text),
        "line 16, column 37: this is no TOML: invalid boolean, expected `true`"
    );
    assert_eq!(wrong(&text.replace("tru,", "\"tru(\",")), "\
line 1, column 6: id: an id has lower case letters, digits and hyphens, unlike \"No Id\" (write \"no-id\")
line 2, column 8: name: this is a number, not text
line 3, column 8: mode: \"singel\" is not one of single, restart, queued, parallel (did you mean single?)
line 7, column 7: when[0].at: unknown time `sunsett`, did you mean `sunset`?
line 10, column 20: when[1].becomes: one = assigns (compare with two: ==)
line 13, column 11: only_if[0].expr: lumen is no unit (did you mean 5 lx?)
line 16, column 25: do[0].set.target[1]: b c is no device's name in rules (write b-c)
line 16, column 42: do[0].set.on: a value is missing at the end");
}

#[test]
fn a_wrong_type_is_told_at_every_key() {
    for (head, expected) in [
        (
            "version = \"1\"",
            "line 2, column 11: version: this is text, not a whole number",
        ),
        (
            "version = 1.5",
            "line 2, column 11: version: this is no whole number",
        ),
        (
            "name = true",
            "line 2, column 8: name: this is true or false, not text",
        ),
        (
            "note = 1",
            "line 2, column 8: note: this is a number, not text",
        ),
        (
            "owner = []",
            "line 2, column 9: owner: this is a list, not text",
        ),
        (
            "enabled = \"yes\"",
            "line 2, column 11: enabled: this is text, not true or false",
        ),
        (
            "mode = 1",
            "line 2, column 8: mode: this is a number, not text",
        ),
        (
            "mode = \"queued\"\nmax = \"5\"",
            "line 3, column 7: max: this is text, not a whole number",
        ),
        (
            "mode = \"queued\"\nmax = 0",
            "line 3, column 7: max: 0 is not from 1 to 100",
        ),
        (
            "mode = \"queued\"\noverflow = \"drop\"",
            "line 3, column 12: overflow: \"drop\" is not one of drop-new, drop-oldest",
        ),
        (
            "per = {}",
            "line 2, column 7: per: this is a table, not text",
        ),
        (
            "if_late = 600",
            "line 2, column 11: if_late: this is a number, not text",
        ),
        (
            "if_late = \"never\"",
            "line 2, column 11: if_late: \"never\" is not one of skip, run, or how late at most, like 10m",
        ),
        (
            "if_late = \"10 mn\"",
            "line 2, column 15: if_late: unknown unit `mn`, did you mean `m`?",
        ),
        (
            "when = \"sunset\"",
            "line 2, column 8: when: this is text, not a list (write [[when]] above what belongs to it)",
        ),
        (
            "when = { at = \"06:30\" }",
            "line 2, column 8: when: this is a table, not a list (write [[when]] above what belongs to it)",
        ),
        (
            "when = [\"sunset\"]",
            "line 2, column 9: when[0]: this is text, not a table (write { name = value })",
        ),
        (
            "only_if = [\"a.on\"]",
            "line 2, column 12: only_if[0]: a condition is a table (write { expr = \"a.on\" }, or [[only_if]] and expr = ... below it)",
        ),
        (
            "[[only_if]]\nexpr = []",
            "line 3, column 8: only_if[0].expr: this is a list, not an expression",
        ),
        (
            "[[only_if]]\nexpr = inf",
            "line 3, column 8: only_if[0].expr: the number is too large",
        ),
        (
            "[[only_if]]\nexpr = 9007199254740993",
            "line 3, column 8: only_if[0].expr: the number is too large",
        ),
        (
            "[[only_if]]\nnote = \"x\"",
            "line 2, column 1: only_if[0]: expr is missing",
        ),
        (
            "[[when]]\nnote = \"x\"",
            "line 2, column 1: when[0]: nothing here says what starts the rule (write one of becomes, changes, event, pressed, at, every, recovered, lost, manual)",
        ),
        (
            "[[when]]\nat = 06:30:00",
            "line 3, column 6: when[0].at: this is a date or time without quotes, not text (put it in quotes)",
        ),
        (
            "[[when]]\nat = \"06:30\"\ndays = [\"mon\"]",
            "line 4, column 8: when[0].days: this is a list, not text",
        ),
        (
            "[[when]]\nat = \"06:30\"\ndays = \"mon..fry\"",
            "line 4, column 14: when[0].days: unknown weekday `fry`, did you mean `fri`?",
        ),
        (
            "[[when]]\nbecomes = { a = 1 }",
            "line 3, column 11: when[0].becomes: this is a table, not an expression",
        ),
        (
            "[[when]]\nbecomes = \"a.on\"\nfor = 5",
            "line 4, column 7: when[0].for: this is a number, not a time span (write it in quotes with its unit: \"5m\")",
        ),
        (
            "[[when]]\nbecomes = \"a.on\"\nfor = \"5\"",
            "line 4, column 9: when[0].for: expected a unit: d, h, m, s or ms, found the end",
        ),
        (
            "[[when]]\nbecomes = \"a.on\"\nafter_gap = 1",
            "line 4, column 13: when[0].after_gap: this is a number, not true or false",
        ),
        (
            "[[when]]\nevent = 5",
            "line 3, column 9: when[0].event: this is a number, not text",
        ),
        (
            "[[when]]\nevent = \"a.Switch.InitialPress\"\nwhere = 5",
            "line 4, column 9: when[0].where: this is a number, not a table (write { name = value })",
        ),
        (
            "[[when]]\nevent = \"a.Switch.InitialPress\"\nwhere = { x = \"(\", y = \")\" }",
            "line 4, column 17: when[0].where.x: a value is missing at the end\nline 4, column 25: when[0].where.y: a value is missing before )",
        ),
        (
            "[[when]]\npressed = \"a\"\npress = \"doubel\"",
            "line 4, column 9: when[0].press: \"doubel\" is not one of down, single, double, triple, long, long-released (did you mean double?)",
        ),
        (
            "[[when]]\nevery = \"500ms\"",
            "line 3, column 9: when[0].every: the shortest is 1s",
        ),
        (
            "[[when]]\nmanual = false",
            "line 3, column 10: when[0].manual: to have no start by hand, leave this out",
        ),
        (
            "[[when]]\nmanual = 1",
            "line 3, column 10: when[0].manual: this is a number, not true or false",
        ),
    ] {
        assert_eq!(wrong(&rule_with(head, STEP)), expected, "{head}");
    }
}

#[test]
fn a_wrong_type_is_told_in_every_step() {
    for (step, expected) in [
        (
            "do = []",
            "line 2, column 6: do: nothing is done here; at least one step is needed",
        ),
        (
            "do = \"x\"",
            "line 2, column 6: do: this is text, not a list (write [ ... ])",
        ),
        (
            "do = { run = \"y\" }",
            "line 2, column 6: do: this is a table, not a list (put it in square brackets, or write [[name]] above it)",
        ),
        (
            "do = [\"x\"]",
            "line 2, column 7: do[0]: this is text, not a table (write { name = value })",
        ),
        (
            "do = [{}]",
            "line 2, column 7: do[0]: nothing here says what to do (write one of set, scene, wait, delay, if, choose, repeat, parallel, run, notify, let, assign, invoke, stop)",
        ),
        (
            "do = [{ set = \"a\" }]",
            "line 2, column 15: do[0].set: this is text, not a table (write { name = value })",
        ),
        (
            "do = [{ set = { on = true } }]",
            "line 2, column 15: do[0].set: target is missing",
        ),
        (
            "do = [{ set = { target = [], on = true } }]",
            "line 2, column 26: do[0].set.target: there are no devices",
        ),
        (
            "do = [{ set = { target = 5, on = true } }]",
            "line 2, column 26: do[0].set.target: this is a number, not text",
        ),
        (
            "do = [{ set = { target = \"a\" } }]",
            "line 2, column 15: do[0].set: this sets nothing (write on = true, say)",
        ),
        (
            "do = [{ set = { target = \"@\", on = true } }]",
            "line 2, column 27: do[0].set.target: @ is no room (write @hall, say, or @home for all)",
        ),
        (
            "do = [{ set = { target = \"a\", on = [] } }]",
            "line 2, column 36: do[0].set.on: this is a list, not an expression",
        ),
        (
            "do = [{ set = { target = \"a\", on = true }, ensure = 3 }]",
            "line 2, column 53: do[0].ensure: this is a number, not a table (write { name = value })",
        ),
        (
            "do = [{ set = { target = \"a\", on = true }, ensure = { retry = 11 } }]",
            "line 2, column 63: do[0].ensure.retry: 11 is not from 0 to 10",
        ),
        (
            "do = [{ scene = 5 }]",
            "line 2, column 17: do[0].scene: this is a number, not text",
        ),
        (
            "do = [{ wait = \"5m\" }]",
            "line 2, column 16: do[0].wait: this is text, not a table (write { name = value })",
        ),
        (
            "do = [{ wait = { until = \"a.on\" } }]",
            "line 2, column 16: do[0].wait: timeout is missing",
        ),
        (
            "do = [{ delay = 5 }]",
            "line 2, column 17: do[0].delay: this is a number, not a time span (write it in quotes with its unit: \"5m\")",
        ),
        (
            "do = [{ delay = \"5 minuets\" }]",
            "line 2, column 20: do[0].delay: minuets is no unit (did you mean 5 min?)",
        ),
        (
            "do = [{ if = \"a.on\" }]",
            "line 2, column 7: do[0]: then is missing",
        ),
        (
            "do = [{ if = \"a.on\", then = [] }]",
            "line 2, column 29: do[0].then: nothing is done here; at least one step is needed",
        ),
        (
            "do = [{ if = \"a.on\", then = 5 }]",
            "line 2, column 29: do[0].then: this is a number, not a list (write [ ... ])",
        ),
        (
            "do = [{ choose = [] }]",
            "line 2, column 18: do[0].choose: there are no choices",
        ),
        (
            "do = [{ choose = [{ if = \"a.on\" }] }]",
            "line 2, column 19: do[0].choose[0]: do is missing",
        ),
        (
            "do = [{ repeat = \"3\", do = [{ run = \"y\" }] }]",
            "line 2, column 18: do[0].repeat: this is text, not how often or until when (write 3, or { until = \"...\", timeout = \"10m\" })",
        ),
        (
            "do = [{ repeat = 3 }]",
            "line 2, column 7: do[0]: do is missing",
        ),
        (
            "do = [{ parallel = [] }]",
            "line 2, column 20: do[0].parallel: there are no lists of steps",
        ),
        (
            "do = [{ parallel = [{ run = \"y\" }] }]",
            "line 2, column 21: do[0].parallel[0]: each branch is a list of steps (put the step in [ ])",
        ),
        (
            "do = [{ run = \"Y\" }]",
            "line 2, column 15: do[0].run: an id has lower case letters, digits and hyphens, unlike \"Y\" (write \"y\")",
        ),
        (
            "do = [{ run = \"\" }]",
            "line 2, column 15: do[0].run: an id has lower case letters, digits and hyphens, and is not empty",
        ),
        (
            "do = [{ notify = 5 }]",
            "line 2, column 18: do[0].notify: this is a number, not text",
        ),
        (
            "do = [{ let = \"x\" }]",
            "line 2, column 15: do[0].let: this is text, not a table (write { name = value })",
        ),
        (
            "do = [{ let = {} }]",
            "line 2, column 15: do[0].let: one variable gets one value here (write { name = value })",
        ),
        (
            "do = [{ let = { a = 1, b = 2 } }]",
            "line 2, column 15: do[0].let: one variable gets one value here (write { name = value })",
        ),
        (
            "do = [{ assign = { \"a b\" = 1 } }]",
            "line 2, column 20: do[0].assign.a b: \"a b\" is no name of a variable (it has letters, digits, _, and - between them)",
        ),
        (
            "do = [{ assign = { a- = 1 } }]",
            "line 2, column 20: do[0].assign.a-: \"a-\" is no name of a variable (it has letters, digits, _, and - between them)",
        ),
        (
            "do = [{ invoke = { device = \"a\" } }]",
            "line 2, column 18: do[0].invoke: command is missing",
        ),
        (
            "do = [{ invoke = { device = \"a\", command = \"OnOff.On\", fields = { x = \"(\", y = \")\" } } }]",
            "line 2, column 73: do[0].invoke.fields.x: a value is missing at the end\nline 2, column 81: do[0].invoke.fields.y: a value is missing before )",
        ),
        (
            "do = [{ stop = false }]",
            "line 2, column 16: do[0].stop: this says not to stop (write stop = true, or the reason in quotes)",
        ),
        (
            "do = [{ run = \"y\", note = 1 }]",
            "line 2, column 27: do[0].note: this is a number, not text",
        ),
        (
            "do = [{ run = \"y\", notify = \"z\" }]",
            "line 2, column 7: do[0]: run and notify do not go together (write two steps, one after the other)",
        ),
        (
            "do = [{ if = \"a.on\", run = \"y\" }]",
            "line 2, column 7: do[0]: if and run do not go together (put what depends on it into then = [...])",
        ),
    ] {
        assert_eq!(wrong(&format!("id = \"x\"\n{step}\n")), expected, "{step}");
    }
}

#[test]
fn what_is_missing_or_twice_is_told() {
    for (text, expected) in [
        (
            "",
            "line 1, column 1: id is missing\nline 1, column 1: do is missing",
        ),
        ("id = \"x\"", "line 1, column 1: do is missing"),
        (
            "id = \"\"\n[[do]]\nrun = \"y\"",
            "line 1, column 6: id: an id has lower case letters, digits and hyphens, and is not empty",
        ),
        (
            "id = \"x\"\nid = \"y\"",
            "line 2, column 1: this is no TOML: duplicate key",
        ),
        (
            "id = \"x\"\nwhen = [",
            "line 2, column 9: this is no TOML: unclosed array, expected `]`",
        ),
        (
            "id = \"x\"\n[[when]]\nat = \"06:30\"\nbecomes = \"a.on\"\n[[do]]\nrun = \"y\"",
            "line 2, column 1: when[0]: becomes and at do not go together (either starts the rule: write two [[when]])",
        ),
        (
            "id = \"x\"\nmax = 3\n[[do]]\nrun = \"y\"",
            "line 2, column 7: max: mode single runs once at a time, so it has no max (write mode = \"queued\" or \"parallel\", or leave max out)",
        ),
        (
            "id = \"x\"\nmode = \"parallel\"\noverflow = \"drop-new\"\n[[do]]\nrun = \"y\"",
            "line 3, column 12: overflow: mode parallel has no queue that could overflow (write mode = \"queued\", or leave overflow out)",
        ),
        (
            "version = 2\nid = \"x\"\nsomething = \"new\"",
            "line 1, column 11: version: this is version 2 of the format; this hub reads version 1 (update the hub, or export it for this one)",
        ),
        (
            "version = 0\nid = \"x\"",
            "line 1, column 11: version: this is version 0 of the format; this hub reads version 1 (write version = 1)",
        ),
    ] {
        assert_eq!(wrong(text), expected, "{text}");
    }
}

#[test]
fn an_error_within_an_expression_is_told_to_the_character() {
    for (text, line, column) in [
        ("[[only_if]]\nexpr = \"a.on and xx\"", 3, 9),
        ("[[only_if]]\nexpr = \"a.on == )\"", 3, 17),
        ("[[only_if]]\nexpr = 'a.on == )'", 3, 17),
        ("[[only_if]]\nexpr =    \"äöü.on == )\"", 3, 22),
        ("[[only_if]]\nexpr = \"\"\"a.on == )\"\"\"", 3, 19),
        ("[[only_if]]\nexpr = \"\"\"\na.on ==\n  )\"\"\"", 5, 3),
        ("[[only_if]]\nexpr = '''\r\na.on ==\r\n  )'''", 5, 3),
        (
            "only_if = [{ expr = \"true\" }, { expr = \"a.on == )\" }]",
            2,
            49,
        ),
        // With escapes only where the text begins can be told.
        ("[[only_if]]\nexpr = \"\\u0061.on == )\"", 3, 8),
        ("[[only_if]]\nexpr = \"\"\"a.on == \\\n   )\"\"\"", 3, 8),
    ] {
        let text = rule_with(text, STEP);
        // What is read is pointed at by the places, what is not by the reader.
        let problem = match rule_from_text(&text) {
            Err(problems) => problems[0].clone(),
            Ok(read) => {
                let mut problem = Problem::error("only_if[0].expr", "no such word").at(0);
                read.places.point(&mut problem, &text);
                problem
            }
        };
        assert_eq!(
            (problem.line, problem.column),
            (Some(line), Some(column)),
            "{text}"
        );
    }
}

#[test]
fn the_offset_within_an_expression_is_told_too() {
    let problems =
        rule_from_text(&rule_with("[[only_if]]\nexpr = \"a.on == )\"", STEP)).unwrap_err();
    assert_eq!(problems[0].offset, Some(8));
    let json =
        r#"{"id": "x", "only_if": [{"expr": "a.on == )"}], "do": [{"run": "y"}], "k": null}"#;
    let problems = rule_from_json(json).unwrap_err();
    assert_eq!(problems[0].offset, Some(8));
    assert_eq!(
        told(&problems),
        "only_if[0].expr: a value is missing before )\n\"k\" has no meaning here (known are do, enabled, id, if_late, max, mode, name, note, only_if, overflow, owner, per, version, when)"
    );
    let problems = rule_from_json("{\n  \"id\": }").unwrap_err();
    assert_eq!((problems[0].line, problems[0].column), (Some(2), Some(9)));
    let problems = rule_from_json(r#"{"id": null, "do": [{"run": "y"}]}"#).unwrap_err();
    assert_eq!(told(&problems), "id: this is null, not text (leave it out)");
}

#[test]
fn what_is_found_later_is_pointed_at() {
    let text = "\
id = \"x\"
[[when]]
becomes = \"a.on and b.on\"
[[when]]
becomes = \"\\u0061.on\"
[[do]]
if = \"a.on\"
then = [
    { set = { target = [\"a\", \"b\"], on = true, \"LevelControl.OnLevel\" = \"5 %\" } },
]
";
    let places = rule_from_text(text).unwrap().places;
    for (place, offset, line, column) in [
        ("when[0].becomes", Some(9), 3, 21),
        ("when[0].becomes", None, 3, 11),
        ("when[1].becomes", Some(3), 5, 11),
        ("when[0].for", Some(9), 2, 1),
        ("when[0]", None, 2, 1),
        ("when", None, 2, 3),
        ("when[7].at", None, 2, 3),
        ("only_if", None, 1, 1),
        ("", None, 1, 1),
        ("do[0].if", Some(2), 7, 9),
        ("do[0].then[0].set", None, 9, 13),
        ("do[0].then[0].set.on", Some(0), 9, 41),
        ("do[0].then[0].set.LevelControl.OnLevel", Some(2), 9, 75),
        ("do[0].then[0].set.target[1]", None, 9, 30),
        ("do[0].then[0].set.target[1].name", Some(3), 9, 30),
    ] {
        let mut problem = Problem::warning(place, "x");
        problem.offset = offset;
        places.point(&mut problem, text);
        assert_eq!(
            (problem.line, problem.column),
            (Some(line), Some(column)),
            "{place}"
        );
    }
}
