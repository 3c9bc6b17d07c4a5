//! A page as a tree of elements: enough of HTML for pages that close what they open.

/// What stands in an element.
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

/// An element with what is in it.
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Node>,
}

/// Elements that have no end.
const VOID: [&str; 7] = ["input", "br", "wbr", "meta", "hr", "img", "link"];

impl Node {
    pub(crate) fn is(&self, name: &str) -> bool {
        matches!(self, Node::Element(element) if element.name == name)
    }
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// All elements of this name in it, however deep, in their order.
    pub(crate) fn all(&self, name: &str) -> Vec<&Element> {
        let mut found = Vec::new();
        for element in self.elements() {
            if element.name == name {
                found.push(element);
            }
            found.extend(element.all(name));
        }
        found
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Element> {
        self.all(name).into_iter().next()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
}

/// The nodes of a piece of a page. Ends that nothing began are left out.
pub(crate) fn parse(text: &str) -> Vec<Node> {
    let mut open: Vec<Element> = vec![element("", Vec::new())];
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        put_text(&mut open, before);
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if let Some(place) = open.iter().rposition(|element| element.name == name) {
                close(&mut open, place);
            }
            continue;
        }
        if tag.starts_with('!') {
            continue;
        }
        let (name, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        let begun = element(name.trim_end_matches('/'), read_attributes(attributes));
        if VOID.contains(&begun.name.as_str()) || tag.ends_with('/') {
            put(&mut open, Node::Element(begun));
        } else {
            open.push(begun);
        }
    }
    put_text(&mut open, rest);
    close(&mut open, 1);
    open.remove(0).children
}

fn element(name: &str, attributes: Vec<(String, String)>) -> Element {
    Element { name: name.to_owned(), attributes, children: Vec::new() }
}

fn put(open: &mut [Element], node: Node) {
    open.last_mut().expect("the root stays open").children.push(node);
}

fn put_text(open: &mut [Element], text: &str) {
    if !text.is_empty() {
        put(open, Node::Text(unescaped(text)));
    }
}

/// Closes all elements from this place on.
fn close(open: &mut Vec<Element>, place: usize) {
    while open.len() > place {
        let done = open.pop().expect("it is longer");
        put(open, Node::Element(done));
    }
}

/// `class="a b" checked`.
fn read_attributes(text: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && rest != "/" {
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (inside, after) = quoted.split_once('"').expect("a value ends");
            (value, rest) = (unescaped(inside), after);
        }
        attributes.push((name, value));
        rest = rest.trim_start();
    }
    attributes
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
