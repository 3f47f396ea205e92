//! The logo of a BIMI record: SVG Tiny PS (draft-svg-tiny-ps-abrotman), and what keeps receivers from drawing it.

use roxmltree::Node;

use crate::unpack;
use crate::words;
use crate::xml::{self, XmlFault};

/// A document that was fetched as a logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// What its title says; none where it has none.
    pub title: Option<String>,
    /// Its length in bytes, unpacked.
    pub bytes: usize,
    /// What is wrong with it.
    pub faults: Vec<LogoFault>,
}

/// What is wrong with a logo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogoFault {
    /// It is no document in XML.
    #[error("is {0}, and no SVG")]
    Unreadable(String),
    /// It cannot be unpacked.
    #[error("cannot be unpacked: {0}")]
    Packed(String),
    /// Another kind of document.
    #[error("has the root <{0}>, and not <svg> of the namespace of SVG")]
    Root(String),
    /// The root says another version, or none.
    #[error("does not say version=\"1.2\" at its root")]
    Version,
    /// The root says another profile, or none.
    #[error("does not say baseProfile=\"tiny-ps\" at its root")]
    Profile,
    /// The root has a place of its own.
    #[error("has x= or y= at its root, which must not be there")]
    Corner,
    /// There is no title, or one without text.
    #[error("has no <title> with a text right below its root")]
    TitleMissing,
    /// There is more than one.
    #[error("has more than one <title> right below its root")]
    TitleTwice,
    /// Elements that the profile forbids.
    #[error(
        "has {0}, which the profile forbids: no scripts, animations, links, pictures and pages in a logo"
    )]
    Forbidden(String),
    /// Attributes that are scripts.
    #[error("has the script {0}=, which the profile forbids")]
    Handler(String),
    /// Something that would have to be loaded.
    #[error("refers to {0:?}: whatever it is made of must be in it")]
    Reference(String),
    /// Elements that the profile does not have (§7 of the draft).
    #[error("has {0}, which the profile does not know, so that strict receivers do not draw it")]
    Unknown(String),
    /// Its title is longer than receivers show.
    #[error("has a title of {0} characters, and more than 64 are not advised")]
    TitleLong(usize),
    /// It is not square.
    #[error("is not square by its viewBox, so that receivers cut it or leave it out")]
    Oblong,
    /// It is longer than receivers have to read.
    #[error("has {0} bytes, and receivers need not take more than 32 KiB")]
    Large(usize),
}

impl LogoFault {
    /// Returns whether it is no more than advice: some receivers draw the logo all the same.
    pub fn is_advice(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::TitleLong(_) | Self::Oblong | Self::Large(_))
    }
}

impl Logo {
    /// Reads a document, also one that gzip packed (SVGZ), which receivers take.
    pub fn read(document: &[u8]) -> Self {
        if !unpack::is_gzip(document) {
            return Self::plain(document);
        }
        match unpack::gunzip(document, MOST_UNPACKED) {
            Ok(unpacked) => Self::plain(&unpacked),
            Err(why) => {
                let fault = LogoFault::Packed(words::escape(&why.to_string(), MOST_SHOWN));
                Self { title: None, bytes: document.len(), faults: vec![fault] }
            }
        }
    }

    fn plain(document: &[u8]) -> Self {
        let mut logo = Self { title: None, bytes: document.len(), faults: Vec::new() };
        if let Err(fault) = xml::read(document, MOST_NODES, |root| logo.look(root)) {
            logo.faults.push(fault);
        }
        if document.len() > ADVISED_BYTES {
            logo.faults.push(LogoFault::Large(document.len()));
        }
        logo
    }

    fn look(&mut self, root: Node<'_, '_>) -> Result<(), LogoFault> {
        if !is_svg(root) || root.tag_name().name() != "svg" {
            return Err(LogoFault::Root(words::escape(root.tag_name().name(), MOST_SHOWN)));
        }
        self.root(root);
        self.title(root);
        let (mut forbidden, mut unknown) = (Vec::new(), Vec::new());
        for node in root.descendants().filter(Node::is_element) {
            let name = node.tag_name().name();
            if FORBIDDEN.contains(&name) || node.tag_name().namespace() == Some(XHTML) {
                note(&mut forbidden, name);
            } else if is_svg(node) && !KNOWN.contains(&name) {
                note(&mut unknown, name);
            }
            self.attributes(node);
        }
        let outside = root.document().root().children().find_map(|node| node.pi());
        if let Some(instruction) = outside.filter(|found| found.target == "xml-stylesheet") {
            self.reference(instruction.value.unwrap_or_default());
        }
        for (names, fault) in
            [(forbidden, LogoFault::Forbidden as fn(String) -> _), (unknown, LogoFault::Unknown)]
        {
            if !names.is_empty() {
                self.faults.push(fault(words::list(&names)));
            }
        }
        Ok(())
    }

    fn root(&mut self, root: Node<'_, '_>) {
        if root.attribute("version") != Some("1.2") {
            self.faults.push(LogoFault::Version);
        }
        if root.attribute("baseProfile") != Some("tiny-ps") {
            self.faults.push(LogoFault::Profile);
        }
        if root.has_attribute("x") || root.has_attribute("y") {
            self.faults.push(LogoFault::Corner);
        }
        let sides = root.attribute("viewBox").map(|text| {
            let numbers = text.split([' ', ',', '\t', '\r', '\n']).filter(|number| !number.is_empty());
            numbers.filter_map(|number| number.parse::<f64>().ok()).collect::<Vec<f64>>()
        });
        if let Some([_, _, width, height]) = sides.as_deref()
            && (width - height).abs() > width.abs() * TOLERANCE
        {
            self.faults.push(LogoFault::Oblong);
        }
    }

    fn title(&mut self, root: Node<'_, '_>) {
        let mut titles = xml::children(root, "title");
        let text: String = titles
            .next()
            .map(|title| title.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect())
            .unwrap_or_default();
        let text = text.trim();
        if text.is_empty() {
            self.faults.push(LogoFault::TitleMissing);
        } else {
            self.title = Some(words::escape(text, MOST_SHOWN));
        }
        if titles.next().is_some() {
            self.faults.push(LogoFault::TitleTwice);
        }
        let length = text.chars().count();
        if length > LONGEST_TITLE {
            self.faults.push(LogoFault::TitleLong(length));
        }
    }

    fn attributes(&mut self, node: Node<'_, '_>) {
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value().trim());
            if name.len() > 2 && name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) {
                self.add(LogoFault::Handler(words::escape(name, MOST_SHOWN)));
            }
            if name == "href" && !value.starts_with('#') {
                self.reference(value);
            }
            urls(value).for_each(|url| self.reference(url));
        }
        if node.tag_name().name() == "style" {
            let texts = node.children().filter(Node::is_text).filter_map(|node| node.text());
            texts.for_each(|text| {
                urls(text).for_each(|url| self.reference(url));
                if text.contains("@import") {
                    self.reference("@import");
                }
            });
        }
    }

    fn reference(&mut self, what: &str) {
        self.add(LogoFault::Reference(words::escape(what, MOST_SHOWN)));
    }

    fn add(&mut self, fault: LogoFault) {
        if self.faults.len() < MOST_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

impl From<XmlFault> for LogoFault {
    fn from(fault: XmlFault) -> Self {
        Self::Unreadable(match fault {
            XmlFault::Encoding => "no UTF-8 text".to_owned(),
            XmlFault::Page => "a web page".to_owned(),
            XmlFault::Syntax(why) => format!("no XML ({why})"),
        })
    }
}

/// Returns where the `url()` of a value lead, but for what is in the document.
fn urls(value: &str) -> impl Iterator<Item = &str> {
    value.split("url(").skip(1).filter_map(|rest| {
        let inside = rest.split(')').next()?.trim().trim_matches(['"', '\'']);
        (!inside.starts_with('#')).then_some(inside)
    })
}

fn note(names: &mut Vec<String>, name: &str) {
    let shown = format!("<{}>", words::escape(name, MOST_OF_NAME));
    if names.len() < MOST_NAMES && !names.contains(&shown) {
        names.push(shown);
    }
}

fn is_svg(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace() == Some(SVG)
}

const SVG: &str = "http://www.w3.org/2000/svg";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// The most bytes that a packed document may hold.
const MOST_UNPACKED: usize = 1 << 20;

/// The elements that the profile forbids (§2.3 of the draft): of scripts, animation, links, pictures, sound, other documents and
/// choices.
const FORBIDDEN: [&str; 18] = [
    "script",
    "handler",
    "listener",
    "animate",
    "animateColor",
    "animateMotion",
    "animateTransform",
    "animation",
    "set",
    "discard",
    "a",
    "image",
    "audio",
    "video",
    "foreignObject",
    "prefetch",
    "switch",
    "mpath",
];

/// The elements that it has (§7 of the draft).
const KNOWN: [&str; 23] = [
    "svg",
    "title",
    "desc",
    "metadata",
    "path",
    "rect",
    "circle",
    "line",
    "ellipse",
    "polyline",
    "polygon",
    "solidColor",
    "textArea",
    "linearGradient",
    "radialGradient",
    "stop",
    "text",
    "g",
    "defs",
    "use",
    "font",
    "glyph",
    "hkern",
];

/// What the draft advises (§2.4).
const ADVISED_BYTES: usize = 32 * 1024;

/// What the draft advises for a title in characters (§2.1).
const LONGEST_TITLE: usize = 64;

/// Programs write numbers with rounding errors.
const TOLERANCE: f64 = 0.01;

/// XML nodes of the longest document that is fetched, if each were as short as can be, are about as many.
const MOST_NODES: u32 = 100_000;

const MOST_FAULTS: usize = 12;
const MOST_NAMES: usize = 8;
const MOST_OF_NAME: usize = 40;
const MOST_SHOWN: usize = 100;

#[cfg(test)]
mod tests {
    use super::{Logo, LogoFault};
    use crate::unpack::tests::gzipped;

    fn svg(attributes: &str, inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" {attributes}>{inside}</svg>"
        )
    }

    const ROOT: &str = "version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0 0 100 100\"";
    const TITLE: &str = "<title>Example</title>";

    fn faults(document: &str) -> Vec<LogoFault> {
        Logo::read(document.as_bytes()).faults
    }

    fn with(inside: &str) -> Vec<LogoFault> {
        faults(&svg(ROOT, &format!("{TITLE}{inside}")))
    }

    #[test]
    fn a_logo_of_the_profile_is_good() {
        let document = svg(
            ROOT,
            "<title>Example</title><defs><linearGradient id=\"g\"><stop offset=\"0\"/></linearGradient></defs>\
             <g><rect fill=\"url(#g)\" width=\"9\" height=\"9\"/><use xlink:href=\"#g\"/></g>",
        );
        let logo = Logo::read(document.as_bytes());
        assert_eq!((logo.title.as_deref(), logo.bytes), (Some("Example"), document.len()));
        assert_eq!(logo.faults, []);
        assert_eq!(faults(&format!("<!DOCTYPE svg>{}", svg(ROOT, TITLE).split_once('\n').unwrap().1)), []);
        // What editors leave behind is of no namespace that is drawn.
        assert_eq!(with("<metadata><e:x xmlns:e=\"urn:e\"/></metadata>"), []);
    }

    #[test]
    fn a_packed_document_is_read_as_what_it_holds() {
        let document = svg(ROOT, &format!("{TITLE}<script/>"));
        let packed = gzipped(document.as_bytes());
        assert_eq!(Logo::read(&packed), Logo::read(document.as_bytes()));
        let reasons = [
            (&packed[..20], "ends early"),
            (&gzipped(&vec![b' '; (1 << 20) + 1]), "holds more than 1048576 bytes"),
        ];
        for (spoilt, why) in reasons {
            let faults = Logo::read(spoilt).faults;
            assert!(
                matches!(faults.as_slice(), [LogoFault::Packed(told)] if told.contains(why)),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn the_root_says_what_it_is() {
        assert_eq!(faults(&svg("baseProfile=\"tiny-ps\"", TITLE)), [LogoFault::Version]);
        assert_eq!(faults(&svg("version=\"1.1\" baseProfile=\"tiny-ps\"", TITLE)), [LogoFault::Version]);
        assert_eq!(faults(&svg("version=\"1.2\" baseProfile=\"tiny\"", TITLE)), [LogoFault::Profile]);
        assert_eq!(faults(&svg(&format!("{ROOT} x=\"0\""), TITLE)), [LogoFault::Corner]);
        let oblong = "version=\"1.2\" baseProfile=\"tiny-ps\" viewBox=\"0,0,100,50\"";
        assert_eq!(faults(&svg(oblong, TITLE)), [LogoFault::Oblong]);
        assert_eq!(faults("<svg/>"), [LogoFault::Root("svg".into())]);
        assert_eq!(faults("<?xml version=\"1.0\"?><plist/>"), [LogoFault::Root("plist".into())]);
    }

    #[test]
    fn one_title_with_a_text_is_there() {
        assert_eq!(faults(&svg(ROOT, "")), [LogoFault::TitleMissing]);
        assert_eq!(faults(&svg(ROOT, "<title> </title>")), [LogoFault::TitleMissing]);
        assert_eq!(faults(&svg(ROOT, "<g><title>below</title></g>")), [LogoFault::TitleMissing]);
        assert_eq!(with(TITLE), [LogoFault::TitleTwice]);
        let title = |length: usize| faults(&svg(ROOT, &format!("<title>{}</title>", "é".repeat(length))));
        assert_eq!(title(64), []);
        assert_eq!(title(65), [LogoFault::TitleLong(65)]);
    }

    #[test]
    fn nothing_moves_runs_or_is_loaded() {
        let forbidden = |text: &str| vec![LogoFault::Forbidden(text.into())];
        assert_eq!(with("<script>alert(1)</script>"), forbidden("<script>"));
        assert_eq!(with("<rect><animate/></rect><set/>"), forbidden("<animate> and <set>"));
        assert_eq!(with("<h:p xmlns:h=\"http://www.w3.org/1999/xhtml\"/>"), forbidden("<p>"));
        assert_eq!(with("<rect onclick=\"x()\"/>"), [LogoFault::Handler("onclick".into())]);
        let reference = |text: &str| vec![LogoFault::Reference(text.into())];
        assert_eq!(with("<use xlink:href=\"https://e.example/x#y\"/>"), reference("https://e.example/x#y"));
        assert_eq!(with("<rect fill=\"url('https://e.example/x')\"/>"), reference("https://e.example/x"));
        let sheet = svg(ROOT, TITLE).replace("?>\n", "?><?xml-stylesheet href=\"x.css\"?>\n");
        assert!(matches!(faults(&sheet).as_slice(), [LogoFault::Reference(what)] if what.contains("x.css")));
        let image = with("<image xlink:href=\"data:image/png;base64,AA==\"/>");
        assert_eq!(
            image,
            [LogoFault::Reference("data:image/png;base64,AA==".into()), forbidden("<image>").remove(0)]
        );
    }

    #[test]
    fn what_the_profile_does_not_know_is_advice() {
        let found = with("<clipPath/><clipPath/><style>@import 'x'</style>");
        assert_eq!(
            found,
            [LogoFault::Reference("@import".into()), LogoFault::Unknown("<clipPath> and <style>".into()),]
        );
        assert_eq!((found[0].is_advice(), found[1].is_advice()), (false, true));
        let of_length = |length: usize| {
            let rest = length - svg(ROOT, &format!("{TITLE}<desc></desc>")).len();
            with(&format!("<desc>{}</desc>", "x".repeat(rest)))
        };
        assert_eq!(of_length(32 * 1024), []);
        assert_eq!(of_length(32 * 1024 + 1), [LogoFault::Large(32 * 1024 + 1)]);
    }

    #[test]
    fn what_is_no_svg_is_told() {
        assert_eq!(faults("<!doctype html><title>x</title>"), [LogoFault::Unreadable("a web page".into())]);
        assert!(
            matches!(faults("<svg").as_slice(), [LogoFault::Unreadable(why)] if why.starts_with("no XML ("))
        );
        assert!(matches!(
            faults("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg/>").as_slice(),
            [LogoFault::Unreadable(_)]
        ));
        assert_eq!(Logo::read(b"\x89PNG").faults, [LogoFault::Unreadable("no UTF-8 text".into())]);
        let deep = svg(ROOT, &format!("{TITLE}{}{}", "<g>".repeat(20_000), "</g>".repeat(20_000)));
        assert!(matches!(faults(&deep).last(), Some(LogoFault::Large(_))));
    }
}
