//! The page's files, as the API asks for them.

use std::borrow::Cow;

use hub_api::{Asset, Assets};

/// The page that this program carries.
pub(crate) struct Page;

impl Assets for Page {
    fn get(&self, path: &str) -> Option<Asset> {
        let file = web_assets::get(path)?;
        Some(Asset {
            bytes: Cow::Borrowed(file.bytes),
            brotli: file.brotli.map(Cow::Borrowed),
            gzip: file.gzip.map(Cow::Borrowed),
            content_type: file.content_type,
            hash: Cow::Borrowed(file.hash),
            immutable: file.immutable,
        })
    }

    fn hash(&self) -> Cow<'static, str> {
        Cow::Borrowed(web_assets::hash())
    }
}
