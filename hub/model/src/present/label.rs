//! Words out of the specification's names: `HeatingSetpoint` is "Heating setpoint".

/// The name as the beginning of a sentence: "Heating setpoint".
pub(super) fn sentence(name: &str) -> String {
    let lower = phrase(name);
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The name within a sentence: "heating setpoint".
pub(super) fn phrase(name: &str) -> String {
    let mut phrase = String::new();
    for word in words(name) {
        if !phrase.is_empty() {
            phrase.push(' ');
        }
        match SPELLINGS.iter().find(|(plain, _)| *plain == word) {
            Some((_, spelling)) => phrase.push_str(spelling),
            None => phrase.push_str(&word.to_lowercase()),
        }
    }
    if phrase.is_empty() {
        name.to_owned()
    } else {
        phrase
    }
}

/// The words of a name in camel case, each as it stands there. Digits belong to the word before.
fn words(name: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = None;
    let mut letters = name.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let after = letters.peek().map(|(_, letter)| *letter);
        if at > start && begins_word(before, letter, after) {
            words.extend(name.get(start..at));
            start = at;
        }
        before = Some(letter);
    }
    words.extend(name.get(start..).filter(|rest| !rest.is_empty()));
    join_pairs(name, words)
}

/// At a capital after a small letter or digit, and at the last of several capitals in a row.
fn begins_word(before: Option<char>, letter: char, after: Option<char>) -> bool {
    letter.is_uppercase()
        && (before.is_some_and(|c| !c.is_uppercase()) || after.is_some_and(char::is_lowercase))
}

/// Names that the specification splits though they are one: `WiFi`, `WebRtc`.
fn join_pairs<'a>(name: &'a str, words: Vec<&'a str>) -> Vec<&'a str> {
    let mut joined: Vec<&str> = Vec::with_capacity(words.len());
    let mut at = 0;
    for word in words {
        let end = at + word.len();
        let pair = joined
            .last()
            .and_then(|last| name.get(at - last.len()..end))
            .filter(|pair| PAIRS.contains(pair));
        match (pair, joined.last_mut()) {
            (Some(pair), Some(last)) => *last = pair,
            _ => joined.push(word),
        }
        at = end;
    }
    joined
}

const PAIRS: [&str; 3] = ["WiFi", "WebRtc", "IPv4"];

/// Words that are not written in small letters, or are short for longer ones.
const SPELLINGS: [(&str, &str); 62] = [
    ("Ac", "AC"),
    ("Acl", "ACL"),
    ("Agc", "AGC"),
    ("Aliro", "Aliro"),
    ("Arl", "ARL"),
    ("Av", "AV"),
    ("Bat", "battery"),
    ("Ble", "Bluetooth LE"),
    ("Bssid", "BSSID"),
    ("Btu", "BTU"),
    ("Ca", "CA"),
    ("Celsius", "Celsius"),
    ("Co", "CO"),
    ("Color", "colour"),
    ("Csr", "CSR"),
    ("Dc", "DC"),
    ("Dns", "DNS"),
    ("Dst", "DST"),
    ("Esa", "ESA"),
    ("Ev", "EV"),
    ("Evse", "EVSE"),
    ("Fahrenheit", "Fahrenheit"),
    ("Hepa", "HEPA"),
    ("Hvac", "HVAC"),
    ("IPv4", "IPv4"),
    ("IPv6", "IPv6"),
    ("Icac", "ICAC"),
    ("Icd", "ICD"),
    ("Id", "ID"),
    ("Iec", "IEC"),
    ("Illum", "illuminance"),
    ("Ip", "IP"),
    ("Lan", "LAN"),
    ("Led", "LED"),
    ("Lqi", "LQI"),
    ("Mac", "MAC"),
    ("Max", "maximum"),
    ("Min", "minimum"),
    ("Noc", "NOC"),
    ("Nocs", "NOCs"),
    ("Ntp", "NTP"),
    ("Ota", "OTA"),
    ("Percent100ths", "percent"),
    ("Pin", "PIN"),
    ("Pir", "PIR"),
    ("Pm1", "PM1"),
    ("Pm10", "PM10"),
    ("Pm25", "PM2.5"),
    ("Rfid", "RFID"),
    ("Rms", "RMS"),
    ("Rssi", "RSSI"),
    ("Rvc", "vacuum cleaner"),
    ("Ssid", "SSID"),
    ("Tc", "T&C"),
    ("Tls", "TLS"),
    ("Tv", "TV"),
    ("Url", "URL"),
    ("Usb", "USB"),
    ("Utc", "UTC"),
    ("Vid", "VID"),
    ("WebRtc", "WebRTC"),
    ("WiFi", "Wi-Fi"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (name, label) in [
            ("LocalTemperature", "Local temperature"),
            ("OnOff", "On off"),
            ("WiFiNetworkDiagnostics", "Wi-Fi network diagnostics"),
            ("BatPercentRemaining", "Battery percent remaining"),
            ("SmokeCoAlarm", "Smoke CO alarm"),
            ("Primary1X", "Primary1 x"),
            ("IPv4Addresses", "IPv4 addresses"),
            (
                "CurrentPositionLiftPercent100ths",
                "Current position lift percent",
            ),
            ("PHYRate", "Phy rate"),
            ("x", "X"),
            ("", ""),
        ] {
            assert_eq!(sentence(name), label);
        }
        assert_eq!(phrase("NotFullyLocked"), "not fully locked");
    }

    #[test]
    fn spellings_are_sorted_and_unique() {
        assert!(SPELLINGS.is_sorted_by(|(a, _), (b, _)| a < b));
    }
}
