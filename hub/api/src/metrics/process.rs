//! The process itself, under the names that Prometheus gives to it: memory, processor time, files.
//! Read from `/proc`; where there is none, or it says something else, the number is left out.

use std::fs;

use hub_runtime::Readings;

/// Ticks a second in which Linux counts processor time for programs (`USER_HZ`), on all its
/// platforms that Rust has a tier for.
const TICKS: f64 = 100.0;

/// Adds what is known of the process.
pub(super) fn add(readings: &mut Readings) {
    let read = |path| fs::read_to_string(path).ok();
    let stat = read("/proc/self/stat");
    let stat = stat.as_deref().map(Stat);
    let booted = read("/proc/stat").and_then(|text| booted(&text));
    let started = stat.as_ref().and_then(Stat::started_after_boot);
    if let (Some(booted), Some(started)) = (booted, started) {
        let help = "When the process started, in seconds since the Unix epoch.";
        readings.gauge("process_start_time_seconds", help, &[], booted + started);
    }
    if let Some(cpu) = stat.as_ref().and_then(Stat::cpu) {
        let help = "Processor time that the process used, its own and the system's for it.";
        readings.counter("process_cpu_seconds_total", help, &[], cpu);
    }
    if let Some(virtual_size) = stat.as_ref().and_then(|stat| stat.field(23)) {
        let help = "Address space of the process.";
        readings.gauge("process_virtual_memory_bytes", help, &[], virtual_size);
    }
    if let Some(resident) = read("/proc/self/status").and_then(|text| resident(&text)) {
        let help = "Memory of the process that is in RAM.";
        readings.gauge("process_resident_memory_bytes", help, &[], resident);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is the folder itself.
        let open = open.count().saturating_sub(1);
        let help = "Files and sockets that the process has open.";
        readings.gauge("process_open_fds", help, &[], open as f64);
    }
    if let Some(most) = read("/proc/self/limits").and_then(|text| most_files(&text)) {
        let help = "Files and sockets that the process may have open.";
        readings.gauge("process_max_fds", help, &[], most);
    }
}

/// The text of `/proc/self/stat`.
struct Stat<'a>(&'a str);

impl Stat<'_> {
    /// The field of this number, from 1, as proc(5) counts them; beyond the name, which is in
    /// parentheses and may hold anything.
    fn field(&self, number: usize) -> Option<f64> {
        let (_, rest) = self.0.rsplit_once(')')?;
        let at = number.checked_sub(3)?;
        rest.split_whitespace().nth(at)?.parse().ok()
    }

    /// In seconds.
    fn cpu(&self) -> Option<f64> {
        Some((self.field(14)? + self.field(15)?) / TICKS)
    }

    /// In seconds.
    fn started_after_boot(&self) -> Option<f64> {
        Some(self.field(22)? / TICKS)
    }
}

/// When the machine started, in seconds since the Unix epoch.
fn booted(stat: &str) -> Option<f64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse().ok()
}

/// In bytes.
fn resident(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1_024.0)
}

fn most_files(limits: &str) -> Option<f64> {
    let find = |line: &'_ str| line.strip_prefix("Max open files").map(str::to_owned);
    let line = limits.lines().find_map(find)?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "4711 (a )b) R 1 1 1 0 -1 4194304 1 2 3 4 250 50 7 8 20 0 3 0 12345 \
                        1048576 99 18446744073709551615";

    #[test]
    fn fields_are_counted_behind_the_name() {
        assert_eq!(Stat(STAT).cpu(), Some(3.0));
        assert_eq!(Stat(STAT).started_after_boot(), Some(123.45));
        assert_eq!(Stat(STAT).field(23), Some(1_048_576.0));
        assert_eq!(Stat(STAT).field(60), None);
        assert_eq!(Stat("").cpu(), None);
    }

    #[test]
    fn lines_are_found_by_their_name() {
        assert_eq!(booted("cpu 1 2\nbtime 1700000000\n"), Some(1.7e9));
        assert_eq!(resident("Name: x\nVmRSS:\t   20 kB\n"), Some(20_480.0));
        let limits = "Max cpu time  unlimited\nMax open files            1024  4096  files\n";
        assert_eq!(most_files(limits), Some(1_024.0));
        assert_eq!(most_files("Max open files unlimited unlimited files"), None);
        assert_eq!(resident("VmRSS: many"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn here_all_of_it_is_known() {
        let mut readings = Readings::default();
        add(&mut readings);
        assert_eq!(readings.iter().count(), 6);
    }
}
