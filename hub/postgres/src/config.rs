//! Where the database is, and as whom: a connection text of libpq's form, without the password.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::time::Duration;

use hub_model::Secret;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// Where Debian's server listens when no host is named.
const SOCKET_DIRECTORY: &str = "/var/run/postgresql";
/// The longest name that the database keeps whole.
const LONGEST_NAME: usize = 63;

/// Which database a history is in.
#[derive(Clone)]
pub struct PgConfig {
    /// `host=/var/run/postgresql user=ingle dbname=home`, or `postgresql://ingle@db.lan/home`. Its
    /// `sslmode` is `disable`, `prefer` (the default: encrypted when the server can, without asking
    /// who it is) or `verify-full`. It has no password.
    pub url: String,
    /// The password, when the server asks for one.
    pub password: Option<Secret<String>>,
    /// Who vouches for the server, in PEM, when its `sslmode` is `verify-full`; those whom the system
    /// trusts when none.
    pub ca_file: Option<PathBuf>,
    /// The schema: lower case letters, digits and `_`. It is made when it is not there.
    pub schema: String,
}

impl PgConfig {
    /// The database at this connection text, without a password, in the schema `ingle`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            password: None,
            ca_file: None,
            schema: "ingle".to_owned(),
        }
    }
}

impl fmt::Debug for PgConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A text that was refused may have a password in it.
        let url: &dyn fmt::Debug = match read(&self.url) {
            Ok(_) => &self.url,
            Err(_) => &"[redacted]",
        };
        f.debug_struct("PgConfig")
            .field("url", url)
            .field("password", &self.password)
            .field("ca_file", &self.ca_file)
            .field("schema", &self.schema)
            .finish()
    }
}

/// Why a configuration cannot be used. None of these repeats the connection text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PgConfigError {
    /// The connection text is not understood.
    #[error(
        "the connection text is not understood{what}: write host=… user=… dbname=…, or postgresql://user@host/dbname"
    )]
    Url {
        /// The option at fault, when that is known.
        what: String,
    },
    /// The connection text has a password in it.
    #[error("the connection text has a password in it: give the password in a file of its own")]
    PasswordInUrl,
    /// No such mode.
    #[error("sslmode {0:?} is not offered: write disable, prefer or verify-full")]
    TlsMode(String),
    /// The schema's name is none.
    #[error(
        "{0:?} is no name for a schema: write at most 63 lower case letters, digits and _, a letter first, and not pg_"
    )]
    Schema(String),
    /// The certificates of those who vouch for the server cannot be read.
    #[error("cannot read who vouches for the server from {place}: {why}")]
    Authorities {
        /// The file, or the system's.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// Encryption cannot be had.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// Whether the connection is encrypted, and whether the server must prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsMode {
    /// In the clear.
    Disable,
    /// Encrypted when the server can, whoever it is.
    Prefer,
    /// Encrypted, and the server's certificate names its host and is vouched for.
    VerifyFull,
}

/// What of a connection text the library does, and what is ours.
pub(crate) fn read(url: &str) -> Result<(Config, TlsMode), PgConfigError> {
    let (rest, mode) = take_tls_mode(url);
    let mut config = Config::from_str(&rest).map_err(|error| {
        // Other errors repeat parts of the text.
        let words = std::error::Error::source(&error).map(ToString::to_string);
        let known = words.filter(|words| words.starts_with("invalid value for option"));
        PgConfigError::Url {
            what: known.map(|words| format!(" ({words})")).unwrap_or_default(),
        }
    })?;
    if config.get_password().is_some() {
        return Err(PgConfigError::PasswordInUrl);
    }
    let mut mode = match mode.as_deref() {
        None | Some("prefer") => TlsMode::Prefer,
        Some("disable") => TlsMode::Disable,
        Some("verify-full") => TlsMode::VerifyFull,
        Some(other) => {
            // A stray text may be anything.
            let word = other.chars().take(16).filter(char::is_ascii_lowercase);
            return Err(PgConfigError::TlsMode(word.collect()));
        }
    };
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host_path(SOCKET_DIRECTORY);
    }
    let on_this_machine = |host: &Host| matches!(host, Host::Unix(_));
    if config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(on_this_machine) {
        mode = TlsMode::Disable;
    }
    config.ssl_mode(match mode {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::VerifyFull => SslMode::Require,
    });
    if config.get_hosts().len() > 1 {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config
        .connect_timeout(Duration::from_secs(4))
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(20));
    Ok((config, mode))
}

/// Takes `sslmode` out of a connection text, since the library does not know all its values.
fn take_tls_mode(url: &str) -> (String, Option<String>) {
    let is_url = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    if !is_url {
        return take_word(url, "sslmode");
    }
    let Some((place, options)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let mut mode = None;
    let kept: Vec<_> = options
        .split('&')
        .filter(|option| match option.strip_prefix("sslmode=") {
            Some(found) => {
                mode = Some(found.to_owned());
                false
            }
            None => true,
        })
        .collect();
    match kept.is_empty() {
        true => (place.to_owned(), mode),
        false => (format!("{place}?{}", kept.join("&")), mode),
    }
}

/// Takes `key=word` out of a text of such.
fn take_word(text: &str, key: &str) -> (String, Option<String>) {
    let begins = |at: usize| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(char::is_whitespace)
    };
    for (at, _) in text.match_indices(key).filter(|(at, _)| begins(*at)) {
        let rest = text.get(at + key.len()..).unwrap_or_default().trim_start();
        let Some(rest) = rest.strip_prefix('=') else {
            continue;
        };
        let rest = rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let kept = format!("{}{after}", text.get(..at).unwrap_or_default());
        return (kept, Some(word.trim_matches('\'').to_owned()));
    }
    (text.to_owned(), None)
}

/// Whether it may be a schema's name; it then needs no quotes where people write it.
pub(crate) fn is_schema(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(fits)
        && !name.starts_with("pg_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> TlsMode {
        read(url).unwrap().1
    }

    #[test]
    fn each_mode_is_understood_in_both_forms() {
        for (word, wanted) in [
            ("disable", TlsMode::Disable),
            ("prefer", TlsMode::Prefer),
            ("verify-full", TlsMode::VerifyFull),
        ] {
            assert_eq!(mode(&format!("host=db sslmode={word} user=u")), wanted);
            assert_eq!(mode(&format!("sslmode = '{word}' host=db")), wanted);
            let url = format!("postgresql://u@db/home?sslmode={word}&application_name=x");
            assert_eq!(mode(&url), wanted);
        }
        assert_eq!(mode("host=db user=u"), TlsMode::Prefer);
        assert_eq!(mode("postgres://u@db/home"), TlsMode::Prefer);
        for bad in [
            "host=db sslmode=require",
            "postgres://db/home?sslmode=allow",
        ] {
            assert!(matches!(read(bad), Err(PgConfigError::TlsMode(_))), "{bad}");
        }
    }

    #[test]
    fn a_socket_needs_no_encryption_and_is_the_default() {
        assert_eq!(mode("host=/run/pg sslmode=verify-full"), TlsMode::Disable);
        let (config, mode) = read("user=u dbname=home").unwrap();
        assert_eq!(config.get_hosts(), [Host::Unix(SOCKET_DIRECTORY.into())]);
        assert_eq!(mode, TlsMode::Disable);
    }

    #[test]
    fn a_text_with_a_password_is_refused_and_never_shown() {
        for url in [
            "host=db user=u password=hunter2",
            "postgresql://u:hunter2@db/home",
            "postgresql://u@db/home?password=hunter2",
            "host=db hunter2=x",
            "post gres://u:hunter2@db",
            "host=db sslmode='hunter2",
            "host=db port=hunter2",
        ] {
            let error = read(url).unwrap_err();
            let config = PgConfig::new(url);
            let shown = format!("{error} {error:?} {config:?}").replace("TlsMode(\"hunter\")", "");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let mut config = PgConfig::new("host=db");
        config.password = Some(Secret::new("hunter2".to_owned()));
        let shown = format!("{config:?}");
        assert!(
            shown.contains("host=db") && !shown.contains("hunter2"),
            "{shown}"
        );
    }

    #[test]
    fn names_of_schemas_need_no_quotes() {
        for fine in ["ingle", "home_2"] {
            assert!(is_schema(fine), "{fine}");
        }
        let long = "x".repeat(64);
        for bad in ["", "Ingle", "2nd", "pg_home", "a b", "a\"b", "é", &long] {
            assert!(!is_schema(bad), "{bad}");
        }
    }
}
