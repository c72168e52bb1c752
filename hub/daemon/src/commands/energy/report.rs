//! What the home used, as a person reads it: a row for each period, then devices and rooms with their
//! shares, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use hub_api::dto::{Energy, EnergyBasis, EnergyMissing, EnergyPart, Every};
use jiff::tz::TimeZone;

use super::amount::{all_money, bar, clock, decimals, kwh, percent, rounded, span};
use super::lined_up::lined_up;

/// How a moment is written.
const MOMENT: &str = "%a %-d %b %Y %H:%M";
/// Characters of the widest bar.
const BAR: u32 = 24;
/// Meters without all data that are named.
const NAMED: usize = 4;

/// When the first period begins of which anything is known; none if nothing is.
pub(super) fn first_known(energy: &Energy) -> Option<i64> {
    let is_known = |part: &&EnergyPart| !is_unknown(part, energy.meters.len());
    energy.parts.iter().find(is_known).map(|part| part.from_ms)
}

/// What was used, of a range that was asked for from that moment on.
pub(super) fn text(energy: &Energy, asked_from_ms: i64, zone: &TimeZone) -> String {
    if energy.meters.is_empty() {
        return "nothing in the home measures energy or power; `ingle energy meters` would list it"
            .to_owned();
    }
    if first_known(energy).is_none() {
        let from = clock(asked_from_ms, zone, MOMENT);
        let to = clock(energy.to_ms, zone, MOMENT);
        return format!(
            "nothing is known of {from} to {to}; `ingle energy meters` lists what measures"
        );
    }
    let report = Report::of(energy, asked_from_ms, zone);
    let sections = [
        report.heading(),
        report.periods(),
        report.bands(),
        report.devices(),
        report.rooms(),
        report.notes(),
    ];
    let sections: Vec<&String> = sections
        .iter()
        .filter(|section| !section.is_empty())
        .collect();
    sections
        .into_iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}

struct Report<'a> {
    energy: &'a Energy,
    asked_from_ms: i64,
    zone: &'a TimeZone,
    currencies: BTreeSet<&'a str>,
    decimals: usize,
}

impl<'a> Report<'a> {
    fn of(energy: &'a Energy, asked_from_ms: i64, zone: &'a TimeZone) -> Self {
        let whole = &energy.whole;
        let currencies = whole.cost.keys().map(String::as_str);
        let grid = whole
            .home
            .grid
            .map_or(0.0, |grid| grid.imported_wh.max(grid.exported_wh));
        Self {
            energy,
            asked_from_ms,
            zone,
            currencies: currencies.collect(),
            decimals: decimals(whole.home.consumption_wh.max(grid)),
        }
    }

    fn heading(&self) -> String {
        let moment = |ms| clock(ms, self.zone, MOMENT);
        let from = self.energy.from_ms;
        let before = match from > self.asked_from_ms {
            true => format!("Nothing is known of before {}.\n", moment(from)),
            false => String::new(),
        };
        format!(
            "{} to {} ({})\n{before}",
            moment(self.asked_from_ms),
            moment(self.energy.to_ms),
            self.energy.zone
        )
    }

    /// A row for each period, and one for all.
    fn periods(&self) -> String {
        let home = &self.energy.whole.home;
        let mut head = vec![self.period_word().to_owned(), "USED KWH".to_owned()];
        let mut add = |is: bool, words: &[&str]| {
            head.extend(words.iter().filter(|_| is).map(|word| (*word).to_owned()));
        };
        add(home.grid.is_some(), &["FROM GRID", "TO GRID"]);
        add(home.solar_wh.is_some(), &["SOLAR"]);
        add(home.battery.is_some(), &["CHARGED", "DISCHARGED"]);
        add(home.self_sufficiency.is_some(), &["SELF-SUFF."]);
        head.extend(self.currencies.iter().map(|code| format!("COST {code}")));
        head.push(String::new());
        let mut rows = vec![head];
        rows.extend(self.energy.parts.iter().map(|part| {
            let is_whole = part.missing.is_empty();
            self.row(self.label(part), part, if is_whole { "" } else { "*" })
        }));
        if self.energy.parts.len() > 1 {
            rows.push(self.row("All".to_owned(), &self.energy.whole, ""));
        }
        lined_up(&rows, 1)
    }

    fn row(&self, label: String, part: &EnergyPart, mark: &str) -> Vec<String> {
        let whole = &self.energy.whole.home;
        let home = &part.home;
        let wh = |wh: f64| kwh(wh, self.decimals);
        let mut row = vec![label, wh(home.consumption_wh)];
        if let Some(grid) = home.grid {
            row.extend([wh(grid.imported_wh), wh(grid.exported_wh)]);
        }
        row.extend(home.solar_wh.map(wh));
        if let Some(battery) = home.battery {
            row.extend([wh(battery.charged_wh), wh(battery.discharged_wh)]);
        }
        if whole.self_sufficiency.is_some() {
            row.push(
                home.self_sufficiency
                    .map_or_else(|| "-".to_owned(), percent),
            );
        }
        row.extend(self.currencies.iter().map(|code| {
            let cost = part.cost.get(*code);
            cost.map_or_else(|| "-".to_owned(), |cost| rounded(&cost.net, code))
        }));
        row.push(mark.to_owned());
        row
    }

    /// What was used in which band, when there are several.
    fn bands(&self) -> String {
        let mut rows = Vec::new();
        for (code, cost) in &self.energy.whole.cost {
            let is_split = cost.import.len() > 1;
            let import = cost.import.iter().filter(|_| is_split);
            #[expect(clippy::cast_precision_loss, reason = "for people")]
            rows.extend(import.map(|(name, band)| {
                vec![
                    format!("at {name}"),
                    format!(
                        "{} kWh",
                        kwh(band.energy_mwh as f64 / 1_000.0, self.decimals)
                    ),
                    format!("{} {code}", rounded(&band.money, code)),
                    String::new(),
                ]
            }));
            for (name, money) in [("daily charge", &cost.standing), ("earned", &cost.exported)] {
                if money != "0" {
                    let money = format!("{} {code}", rounded(money, code));
                    rows.push(vec![name.to_owned(), String::new(), money, String::new()]);
                }
            }
        }
        lined_up(&rows, 1)
    }

    fn devices(&self) -> String {
        let whole = &self.energy.whole;
        let used = whole.devices.iter().filter(|device| device.own_wh != 0.0);
        let mut uses: Vec<Use> = used
            .map(|device| Use {
                name: self.name(&device.meter),
                wh: device.own_wh,
                cost: all_money(&device.cost),
            })
            .collect();
        if self.energy.basis == EnergyBasis::Balance && whole.unmeasured_wh > 0.0 {
            uses.push(Use {
                name: "measured by no device".to_owned(),
                wh: whole.unmeasured_wh,
                cost: String::new(),
            });
        }
        self.uses("DEVICE", uses)
    }

    fn rooms(&self) -> String {
        let rooms = &self.energy.whole.rooms;
        if rooms.iter().filter(|room| room.room.is_some()).count() < 2 {
            return String::new();
        }
        let used = rooms.iter().filter(|room| room.used_wh != 0.0);
        let uses = used.map(|room| Use {
            name: room.room.clone().unwrap_or_else(|| "in no room".to_owned()),
            wh: room.used_wh,
            cost: all_money(&room.cost),
        });
        self.uses("ROOM", uses.collect())
    }

    /// Rows with bars, the largest first.
    fn uses(&self, what: &str, mut uses: Vec<Use>) -> String {
        if uses.is_empty() {
            return String::new();
        }
        uses.sort_by(|a, b| b.wh.total_cmp(&a.wh));
        let measured: f64 = uses.iter().map(|used| used.wh.max(0.0)).sum();
        let all = self.energy.whole.home.consumption_wh.max(measured);
        let most = uses.first().map_or(0.0, |most| most.wh);
        let share = |wh: f64, of: f64| if of > 0.0 { wh / of } else { 0.0 };
        let has_cost = uses.iter().any(|used| !used.cost.is_empty());
        let head = [what, "KWH", "SHARE", if has_cost { "COST" } else { "" }, ""];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(uses.into_iter().map(|used| {
            vec![
                used.name,
                kwh(used.wh, self.decimals),
                percent(share(used.wh, all)),
                used.cost,
                bar(share(used.wh, most), BAR),
            ]
        }));
        lined_up(&rows, 1)
    }

    /// What must be known to read the numbers rightly.
    fn notes(&self) -> String {
        let whole = &self.energy.whole;
        let mut notes = Vec::new();
        if let Some(missing) = self.missing() {
            notes.push(missing);
        }
        if self.energy.basis == EnergyBasis::Devices {
            notes.push(
                "No meter is at the connection to the grid, so these are the devices that measure. If \
                 one is:\n  ingle energy roles METER grid"
                    .to_owned(),
            );
        }
        if whole.excess_wh > 0.0 {
            notes.push(format!(
                "Devices measured {} kWh more than the home used: a role or what is behind what may be \
                 wrong;\n  ingle energy meters",
                kwh(whole.excess_wh, self.decimals)
            ));
        }
        if whole.unpriced_wh > 0.0 {
            notes.push(format!(
                "No tariff says what {} kWh cost; `ingle energy set --help` shows how to write one.",
                kwh(whole.unpriced_wh, self.decimals)
            ));
        }
        let lines: Vec<String> = notes.into_iter().map(|note| note + "\n").collect();
        lines.concat()
    }

    /// Which meters have no data for some of the time that is shown.
    fn missing(&self) -> Option<String> {
        let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for EnergyMissing {
            meter,
            missing_s,
            partial_s,
        } in self.energy.parts.iter().flat_map(|part| &part.missing)
        {
            let sum = sums.entry(meter).or_default();
            *sum = (sum.0 + missing_s, sum.1 + partial_s);
        }
        let mut sums: Vec<(&str, (i64, i64))> = sums.into_iter().collect();
        sums.sort_by_key(|(_, (missing, partial))| std::cmp::Reverse(missing + partial));
        let told = sums.iter().take(NAMED).map(|(meter, (missing, partial))| {
            let name = self.name(meter);
            let parts = [("no data for", missing), ("not all of", partial)];
            let parts = parts.into_iter().filter(|(_, seconds)| **seconds > 0);
            let parts: Vec<String> = parts
                .map(|(words, seconds)| format!("{words} {}", span(*seconds)))
                .collect();
            format!("  {name}: {}", parts.join(", "))
        });
        let mut lines: Vec<String> = told.collect();
        if sums.len() > NAMED {
            lines.push(format!("  and {} more", sums.len() - NAMED));
        }
        (!lines.is_empty())
            .then(|| format!("* Not all is known, so it was more:\n{}", lines.join("\n")))
    }

    fn name(&self, meter: &str) -> String {
        let known = self.energy.meters.iter().find(|known| known.meter == meter);
        known.map_or_else(|| meter.to_owned(), |known| known.name.clone())
    }

    const fn period_word(&self) -> &'static str {
        match self.energy.every {
            Every::Hour => "HOUR",
            Every::Day => "DAY",
            Every::Month => "MONTH",
        }
    }

    fn label(&self, part: &EnergyPart) -> String {
        let is_one_day = self.energy.to_ms - self.energy.from_ms <= 26 * 3_600_000;
        let how = match self.energy.every {
            Every::Hour if is_one_day => "%H:%M",
            Every::Hour => "%a %-d %b %H:%M",
            Every::Day => "%a %-d %b",
            Every::Month => "%b %Y",
        };
        clock(part.from_ms, self.zone, how)
    }
}

/// What a device or a room used.
struct Use {
    name: String,
    wh: f64,
    cost: String,
}

/// Whether no meter has any data of a period.
fn is_unknown(part: &EnergyPart, meters: usize) -> bool {
    let whole_s = (part.to_ms - part.from_ms) / 1_000;
    let unknown = part
        .missing
        .iter()
        .filter(|missing| missing.missing_s >= whole_s);
    unknown.count() == meters
}
