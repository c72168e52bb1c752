//! Names as they stand in paths.

/// The longest slug, in letters.
const LONGEST: usize = 60;

/// A name as it stands in paths: small letters, digits and single dashes. "Küchenlampe 1" is
/// `kuechenlampe-1`; letters of other scripts stay as they are. Never empty, and never what a number
/// looks like: those begin with `node`.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(letters) => slug.push_str(letters),
            None if letter.is_alphanumeric() => slug.push(letter),
            None if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            None => {}
        }
    }
    let slug: String = slug.chars().take(LONGEST).collect();
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        return "node".to_owned();
    }
    if super::looks_like_number(slug) {
        return format!("node-{slug}");
    }
    slug.to_owned()
}

/// Small letters of European languages in plain ones.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'ą' | 'ă' => "a",
        'å' => "aa",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'ø' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
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
            ("台灯", "台灯"),
            ("台灯 2", "台灯-2"),
            ("Лампа", "лампа"),
            ("***", "node"),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug_and_a_node(name in ".{0,90}") {
            let slug = slug(&name);
            prop_assert_eq!(&super::slug(&slug), &slug);
            prop_assert!(slug.chars().count() <= LONGEST + "node-".len());
            let path: crate::text_path::TextPath = slug.parse().unwrap();
            prop_assert_eq!(path.node, crate::text_path::NodeRef::Slug(slug.into()));
        }
    }
}
