//! The built web page, embedded in the program.
//!
//! Each file lies in the program's read-only data with its compressed copies, made at build time,
//! so serving one neither reads a file nor compresses. What is embedded is chosen by `build.rs`.
//!
//! Not here: HTTP (`hub-api`, which asks for files through a trait of its own).

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// One file of the page.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its content.
    pub bytes: &'static [u8],
    /// Its content compressed with brotli, when that is shorter.
    pub brotli: Option<&'static [u8]>,
    /// Its content compressed with gzip, when that is shorter.
    pub gzip: Option<&'static [u8]>,
    /// Its media type.
    pub content_type: &'static str,
    /// A hash of its content.
    pub hash: &'static str,
    /// Whether its name changes with its content, so that it may be cached for ever.
    pub immutable: bool,
}

/// The file at this path, relative to the page's root and without a leading slash.
#[must_use]
pub fn get(path: &str) -> Option<&'static Asset> {
    let at = FILES.binary_search_by_key(&path, |(name, _)| name).ok()?;
    FILES.get(at).map(|(_, asset)| asset)
}

/// All files, by path.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Asset)> {
    FILES.iter().map(|(name, asset)| (*name, asset))
}

/// A hash of the whole page: another one means another page.
#[must_use]
pub const fn hash() -> &'static str {
    HASH
}

/// Whether this is the real page, not the notice that it is missing.
#[must_use]
pub const fn is_built() -> bool {
    BUILT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_path() {
        assert!(all().count() > 0);
        for (name, asset) in all() {
            let found = get(name).expect(name);
            assert!(std::ptr::eq(found, asset), "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in [
            "",
            "/",
            "/index.html",
            "../index.html",
            "index.html/",
            "assets",
            "index.html.br",
        ] {
            assert!(get(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_page_is_html_and_is_revalidated() {
        let page = get("index.html").expect("a page, built or not");
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(!page.immutable);
        assert!(page.bytes.starts_with(b"<!doctype html>"));
    }

    #[test]
    fn the_page_names_only_files_that_are_there() {
        let page = get("index.html").expect("a page, built or not");
        let text = std::str::from_utf8(page.bytes).expect("UTF-8");
        for attribute in ["src=\"/", "href=\"/"] {
            for rest in text.split(attribute).skip(1) {
                let path = rest.split('"').next().unwrap_or_default();
                assert!(get(path).is_some(), "{path}");
            }
        }
    }

    #[test]
    fn compressed_copies_are_shorter() {
        for (name, asset) in all() {
            for copy in [asset.brotli, asset.gzip].into_iter().flatten() {
                assert!(copy.len() < asset.bytes.len(), "{name}");
            }
        }
    }

    #[test]
    fn the_first_load_keeps_its_budget() {
        let gzip: usize = all()
            .filter(|(name, _)| name.ends_with(".js") || name.ends_with(".css"))
            .map(|(_, asset)| asset.gzip.map_or(asset.bytes.len(), <[u8]>::len))
            .sum();
        assert!(gzip <= 60 * 1024, "{gzip} bytes of script and style");
    }
}
