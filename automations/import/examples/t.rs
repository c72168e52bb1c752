use std::time::Instant;
fn main(){
 let one = "- {alias: A, triggers: [{trigger: state, entity_id: light.x, to: 'on'}], actions: [{action: light.turn_on, entity_id: light.y}]}\n";
 let conditions = "{condition: state, entity_id: light.x, state: 'on'}, ".repeat(4_000);
 let actions = "{delay: 1}, ".repeat(4_000);
 for t in [one.repeat(2000), format!("- {{alias: A, conditions: [{{or: [{conditions}]}}], actions: {{stop: x}}}}"), format!("- {{alias: A, triggers: {{trigger: time, at: '7:00'}}, actions: [{actions}]}}"),
   "- x\n".repeat(260_000), format!("{{{}}}", (0..100_000).map(|n| format!("k{n}: 1, ")).collect::<String>()), format!("- {{alias: a, {}}}", (0..90_000).map(|n| format!("k{n}: 1, ")).collect::<String>()),
   format!("- {{alias: a, triggers: {{trigger: state, entity_id: '{}'}}, actions: {{stop: x}}}}", (0..80_000).map(|n| format!("light.x{n},")).collect::<String>()),
   format!("- {{name: a, entities: {{{}}}}}", (0..60_000).map(|n| format!("light.x{n}: on,")).collect::<String>()),
   format!("- {{alias: a, actions: [{}]}}", "{condition: state, entity_id: light.x, state: on},".repeat(20_000)),
   "[".repeat(1_000_000), "- ".repeat(500_000), "&a ".repeat(300_000), "'".repeat(1_000_000), "{? ".repeat(300_000), "a: ".repeat(300_000), "\u{feff}".repeat(300_000), "#\n".repeat(500_000), "|\n ".repeat(300_000), format!("a: |\n{}", " \n".repeat(500_000)), "a\n".repeat(500_000),"\"\\x".repeat(300_000), format!("? {}", "a\n? ".repeat(200_000)), "%TAG ! a\n".repeat(100_000),
 ] {
  let s=Instant::now(); let r = rules_import::import(&t[..t.len().min(1<<20)], &rules_import::EntityTable::empty(), &[]);
  println!("{:.2}s {:?} {}", s.elapsed().as_secs_f64(), r.map(|r| r.report.summary()).map_err(|e| e.to_string()), &t.chars().take(30).collect::<String>().escape_debug());
 }
}
