//! The trust folders: product attestation authorities, and signers of certification declarations.
//!
//! Each folder holds X.509 certificates, one in a DER file (`.der`, `.cer`, `.crt`) or any number
//! in a PEM file (`.pem`, `.crt`); other files are passed over. What cannot be used is left out
//! and told with its file, since a device whose root is missing is refused later, far from here.
//!
//! Not here: what is done with them (`matter-engine`).
//! Spec: RFC 7468 §2, §5 (PEM), Matter 1.6 Core §6.2.2 (PAA).

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matter_engine::attestation::TrustStore;

/// What was read of the trust folders.
#[derive(Debug)]
pub(crate) struct Trust {
    /// What can be used.
    pub(crate) store: TrustStore,
    /// What cannot.
    pub(crate) unusable: Vec<UnusableFile>,
}

/// A file or folder that holds no usable certificate.
#[derive(Debug, thiserror::Error)]
#[error("{} is not usable: {why}", path.display())]
pub(crate) struct UnusableFile {
    /// Which.
    pub(crate) path: PathBuf,
    /// Why.
    pub(crate) why: String,
}

/// No larger file is a certificate; Matter's have at most 600 octets, a PEM bundle has many.
const MAX_FILE: u64 = 1 << 20;

/// Reads the folders of authorities and of signers. One that does not exist holds nothing.
/// Blocks on files.
pub(crate) fn read(paa: &Path, cd: &Path) -> Trust {
    let mut unusable = Vec::new();
    let paas = folder(paa, &mut unusable);
    let signers = folder(cd, &mut unusable);
    let ders = |found: &Found| found.keys().cloned().collect::<Vec<_>>();
    let (store, refused) = TrustStore::with(&ders(&paas), &ders(&signers));
    unusable.extend(refused.into_iter().filter_map(|anchor| {
        let found = if anchor.kind == "PAA" {
            &paas
        } else {
            &signers
        };
        let path = found.values().nth(anchor.index)?.clone();
        Some(UnusableFile {
            path,
            why: anchor.what,
        })
    }));
    Trust { store, unusable }
}

/// Certificates and the file that each was found in; a certificate in two files counts once.
type Found = BTreeMap<Vec<u8>, PathBuf>;

fn folder(path: &Path, unusable: &mut Vec<UnusableFile>) -> Found {
    let mut found = Found::new();
    let mut complain = |path: PathBuf, why: &dyn fmt::Display| {
        unusable.push(UnusableFile {
            path,
            why: why.to_string(),
        });
    };
    let mut files = match fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries.iter().map(fs::DirEntry::path).collect::<Vec<_>>(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
        Err(error) => {
            complain(path.to_owned(), &error);
            return found;
        }
    };
    files.retain(|file| is_certificate_file(file));
    files.sort();
    for file in files {
        match certificates(&file) {
            Ok(ders) => found.extend(ders.into_iter().map(|der| (der, file.clone()))),
            Err(error) => complain(file, &error),
        }
    }
    found
}

fn is_certificate_file(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    ["der", "cer", "crt", "pem"]
        .iter()
        .any(|known| extension == *known)
}

/// Why a file holds no certificates.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it is larger than {MAX_FILE} bytes")]
    TooLarge,
    #[error("it holds no CERTIFICATE block")]
    NoBlock,
    #[error("a CERTIFICATE block is not closed or not base64")]
    Block,
}

fn certificates(file: &Path) -> Result<Vec<Vec<u8>>, FileError> {
    if fs::metadata(file)?.len() > MAX_FILE {
        return Err(FileError::TooLarge);
    }
    let bytes = fs::read(file)?;
    // DER begins with a SEQUENCE; PEM is text.
    if bytes.first() == Some(&0x30) {
        return Ok(vec![bytes]);
    }
    pem_blocks(&String::from_utf8_lossy(&bytes))
}

fn pem_blocks(text: &str) -> Result<Vec<Vec<u8>>, FileError> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    let mut ders = Vec::new();
    for after in text.split(BEGIN).skip(1) {
        let (body, _) = after.split_once(END).ok_or(FileError::Block)?;
        let body: String = body.split_whitespace().collect();
        ders.push(STANDARD.decode(body).map_err(|_| FileError::Block)?);
    }
    if ders.is_empty() {
        return Err(FileError::NoBlock);
    }
    Ok(ders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use matter_commissioning::PaaTrustStore;
    use proptest::prelude::*;

    fn root() -> Vec<u8> {
        let roots = PaaTrustStore::with_example_device_roots();
        roots.iter().next().unwrap().der().to_vec()
    }

    fn pem(der: &[u8]) -> String {
        let body = STANDARD.encode(der);
        let lines: Vec<_> = body
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    }

    #[test]
    fn a_root_is_trusted_once_in_whatever_form() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.der"), root()).unwrap();
        fs::write(
            folder.path().join("b.pem"),
            format!("# a root\n{}", pem(&root())),
        )
        .unwrap();
        fs::write(folder.path().join("README"), "nothing").unwrap();
        let trust = read(folder.path(), &folder.path().join("missing"));
        assert_eq!(trust.store.len(), 1);
        assert!(trust.unusable.is_empty(), "{:?}", trust.unusable);
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("cut.der", &root()[..100]);
        write("empty.pem", b"");
        write("good.der", &root());
        write("open.pem", b"-----BEGIN CERTIFICATE-----\nAAAA");
        let trust = read(folder.path(), &folder.path().join("good.der"));
        assert_eq!(trust.store.len(), 1);
        let mut names: Vec<_> = trust
            .unusable
            .iter()
            .map(|unusable| unusable.path.file_name().unwrap().to_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["cut.der", "empty.pem", "good.der", "open.pem"]);
    }

    #[test]
    fn without_folders_nobody_is_trusted() {
        let trust = read(Path::new("no/such"), Path::new("no/such"));
        assert!(trust.store.is_empty() && trust.unusable.is_empty());
    }

    proptest! {
        #[test]
        fn pem_gives_back_what_was_wrapped(ders in proptest::collection::vec(any::<Vec<u8>>(), 1..4)) {
            let text: String = ders.iter().map(|der| pem(der)).collect();
            prop_assert_eq!(pem_blocks(&text).unwrap(), ders);
        }

        #[test]
        fn no_text_panics(text in "(-----BEGIN CERTIFICATE-----|-----END CERTIFICATE-----|[ -~\n]{0,40}){0,6}") {
            let _ = pem_blocks(&text);
        }
    }
}
