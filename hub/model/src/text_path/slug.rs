//! Names as they stand in paths.

/// The longest slug.
const LONGEST: usize = 60;

/// A name as it stands in paths: small letters, digits and single dashes. "Küchenlampe 1" is
/// `kuechenlampe-1`. Never empty, and never what a number looks like: those begin with `node`.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        match plain(letter) {
            Some(letters) => slug.push_str(letters),
            None if letter.is_ascii_alphanumeric() => slug.push(letter.to_ascii_lowercase()),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    // All ASCII by now, so that any length is a boundary.
    slug.truncate(LONGEST);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        return "node".to_owned();
    }
    if super::looks_like_number(slug) {
        return format!("node-{slug}");
    }
    slug.to_owned()
}

/// Letters of European languages in plain ones.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
        'ö' | 'Ö' | 'œ' | 'Œ' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' | 'ẞ' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'ą' | 'ă' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ą' | 'Ă' => "a",
        'å' | 'Å' => "aa",
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'ď' | 'đ' | 'ð' | 'Ď' | 'Đ' | 'Ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => "e",
        'ğ' | 'Ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'İ' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ő' => "o",
        'ø' | 'Ø' => "oe",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' | 'Ś' | 'Š' | 'Ş' | 'Ș' => "s",
        'ť' | 'ţ' | 'ț' | 'Ť' | 'Ţ' | 'Ț' => "t",
        'þ' | 'Þ' => "th",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' | 'Ù' | 'Ú' | 'Û' | 'Ů' | 'Ű' => "u",
        'ý' | 'ÿ' | 'Ý' | 'Ÿ' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, expected) in [
            ("Küchenlampe 1", "kuechenlampe-1"),
            ("  Straße / Flur!! ", "strasse-flur"),
            ("Żółć", "zolc"),
            ("OnOff", "onoff"),
            ("12", "node-12"),
            ("0x12", "node-0x12"),
            ("0x", "0x"),
            ("", "node"),
            ("台灯", "node"),
            ("台灯 2", "node-2"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug_and_a_node(name in ".{0,90}") {
            let slug = slug(&name);
            prop_assert_eq!(&super::slug(&slug), &slug);
            prop_assert!(slug.len() <= LONGEST + "node-".len());
            let path: crate::text_path::TextPath = slug.parse().unwrap();
            prop_assert_eq!(path.node, crate::text_path::NodeRef::Slug(slug.into()));
        }
    }
}
