//! A document, or the part of it that is still wanted, in two flat buffers.
//!
//! Every name and text lies in one string and every element in one list, in the
//! order of the document; pruning an element is shortening both, and costs no
//! allocation for the next. Text beside child elements is indentation: dropped.

use super::Unreadable;

/// How deep elements may be nested.
const DEEPEST: usize = 128;

/// Elements, some of which may still be open.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    text: String,
    nodes: Vec<Node>,
    open: Vec<usize>,
}

/// Where an element's name and text lie, and where its next sibling would.
#[derive(Debug)]
struct Node {
    start: u32,
    name_end: u32,
    text_end: u32,
    next: u32,
}

impl Tree {
    /// An element begins.
    pub(super) fn open(&mut self, name: &str) -> Result<(), Unreadable> {
        if self.open.len() == DEEPEST {
            return Err(Unreadable::Forbidden("is nested too deeply"));
        }
        self.drop_text();
        let start = self.text.len();
        self.text.push_str(name);
        let name_end = offset(self.text.len());
        self.open.push(self.nodes.len());
        self.nodes.push(Node { start: offset(start), name_end, text_end: name_end, next: 0 });
        Ok(())
    }

    /// Text of the innermost open element; what XML 1.0 has no character for is left out.
    pub(super) fn text(&mut self, text: &str) {
        if text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
            self.text.extend(text.chars().filter(|&it| legal(it)));
        } else {
            self.text.push_str(text);
        }
    }

    /// The innermost open element ends; answers which it was.
    pub(super) fn close(&mut self, name: &str) -> Result<usize, Unreadable> {
        let mismatch = Unreadable::Forbidden("ends an element that is not the open one");
        let index = match self.open.pop() {
            Some(index) if self.element(index).name() == name => index,
            Some(_) | None => return Err(mismatch),
        };
        let leaf = index + 1 == self.nodes.len();
        if !leaf {
            self.drop_text_after_child();
        }
        let (end, next) = (offset(self.text.len()), offset(self.nodes.len()));
        let node = &mut self.nodes[index];
        if leaf {
            node.text_end = end;
        }
        node.next = next;
        Ok(index)
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the innermost open element has this name.
    pub(super) fn is_in(&self, name: &str) -> bool {
        self.open.last().is_some_and(|&index| self.element(index).name() == name)
    }

    /// Forgets a closed element and all that came after its start.
    pub(super) fn prune(&mut self, index: usize) {
        if let Some(node) = self.nodes.get(index) {
            self.text.truncate(node.start as usize);
            self.nodes.truncate(index);
        }
    }

    /// The element of this index.
    pub(super) fn element(&self, index: usize) -> Element<'_> {
        Element { tree: self, index }
    }

    /// The root element.
    pub(crate) fn root(&self) -> Option<Element<'_>> {
        (!self.nodes.is_empty()).then(|| self.element(0))
    }

    fn drop_text(&mut self) {
        if self.open.last().is_some_and(|&index| index + 1 == self.nodes.len()) {
            let end = self.nodes.last().map_or(0, |node| node.name_end);
            self.text.truncate(end as usize);
        } else {
            self.drop_text_after_child();
        }
    }

    /// What follows the last closed element is text of its parent.
    fn drop_text_after_child(&mut self) {
        let end = self.nodes.last().map_or(0, |node| node.text_end);
        self.text.truncate(end as usize);
    }
}

/// An element of a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'t> {
    tree: &'t Tree,
    index: usize,
}

impl<'t> Element<'t> {
    /// Its name, prefix and all; XPM uses none.
    pub(crate) fn name(self) -> &'t str {
        let node = self.node();
        &self.tree.text[node.start as usize..node.name_end as usize]
    }

    /// Its text, trimmed; empty for an element with children.
    pub(crate) fn text(self) -> &'t str {
        let node = self.node();
        self.tree.text[node.name_end as usize..node.text_end as usize].trim()
    }

    /// Its child elements, in the order of the document.
    pub(crate) fn children(self) -> impl Iterator<Item = Element<'t>> {
        let (tree, end) = (self.tree, self.node().next as usize);
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let element = (index < end).then(|| tree.element(index))?;
            index = element.node().next as usize;
            Some(element)
        })
    }

    /// Its first child of this name.
    pub(crate) fn child(self, name: &str) -> Option<Element<'t>> {
        self.children().find(|child| child.name() == name)
    }

    fn node(self) -> &'t Node {
        &self.tree.nodes[self.index]
    }
}

/// Answers are cut off long before 4 GiB.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Whether XML 1.0 has this character (its section 2.2).
pub(crate) fn legal(it: char) -> bool {
    matches!(it, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
