//! Values between JavaScript and Rust, as tapes: `tape.js`, which is the other side, says of what.

use std::slice::Iter;

use wasm_bindgen::prelude::*;

use super::data::Data;

#[wasm_bindgen(module = "/src/wasm/tape.js")]
extern "C" {
    // An exception of a getter or a proxy is caught here: one that passed through Rust would leave
    // Rust's frames on the stack.
    #[wasm_bindgen(catch, js_name = read)]
    fn write(first: &JsValue, second: &JsValue, shape: &str) -> Result<String, JsValue>;
    fn numbers() -> Vec<f64>;
    fn build(numbers: &[f64], text: &str) -> JsValue;
    #[wasm_bindgen(js_name = error)]
    fn build_error(message: &str, numbers: &[f64], text: &str) -> JsValue;
    fn show(number: f64) -> String;
    #[wasm_bindgen(catch, js_name = copy)]
    pub(super) fn copy(object: &JsValue) -> Result<JsValue, JsValue>;
}

// The kinds of values, which `tape.js` has under the same names.
const UNDEFINED: u32 = 0;
const NULL: u32 = 1;
const FALSE: u32 = 2;
const TRUE: u32 = 3;
const NUMBER: u32 = 4;
const TEXT: u32 = 5;
const BROKEN_TEXT: u32 = 6;
const LIST: u32 = 7;
const OBJECT: u32 = 8;
const FUNCTION: u32 = 9;
const SYMBOL: u32 = 10;
const BIGINT: u32 = 11;
const AN_ARRAY: u32 = 12;
const AN_OBJECT: u32 = 13;

/// Reads two values: of the first as much as its shape says, of the second the own properties. Each
/// part is read once. Properties that are undefined count as absent.
///
/// # Errors
/// An exception of a getter or a proxy.
pub(super) fn read(
    first: &JsValue,
    second: &JsValue,
    shape: &str,
) -> Result<(Data, Data), JsValue> {
    let text = write(first, second, shape)?;
    let numbers = numbers();
    let mut tape = Reader { numbers: numbers.iter(), text: &text };
    Ok((tape.value(), tape.value()))
}

/// Reads one value.
///
/// # Errors
/// An exception of a getter or a proxy.
pub(super) fn read_one(value: &JsValue, shape: &str) -> Result<Data, JsValue> {
    Ok(read(value, &JsValue::UNDEFINED, shape)?.0)
}

/// Reads a value without its parts.
pub(super) fn leaf(value: &JsValue) -> Data {
    // Cannot fail, as nothing of an object is read.
    read_one(value, "").unwrap_or_default()
}

/// Returns data as a JavaScript value.
pub(super) fn value(data: &Data) -> JsValue {
    let tape = Writer::of(data);
    build(&tape.numbers, &tape.text)
}

/// Returns an `Error` whose further properties are those of an object.
pub(super) fn error(message: &str, details: &Data) -> JsValue {
    let tape = Writer::of(details);
    build_error(message, &tape.numbers, &tape.text)
}

/// Returns a number as JavaScript writes it.
pub(super) fn number(number: f64) -> String {
    show(number)
}

struct Reader<'a> {
    numbers: Iter<'a, f64>,
    /// The characters of the texts that were not read yet.
    text: &'a str,
}

impl Reader<'_> {
    fn number(&mut self) -> f64 {
        self.numbers.next().copied().unwrap_or_default()
    }

    fn value(&mut self) -> Data {
        match self.number() as u32 {
            NULL => Data::Null,
            FALSE => Data::Bool(false),
            TRUE => Data::Bool(true),
            NUMBER => Data::Number(self.number()),
            TEXT => Data::Text(self.string()),
            BROKEN_TEXT => Data::BrokenText(self.string()),
            LIST => {
                let mut list = Vec::new();
                for _ in 0..self.number() as usize {
                    list.push(self.value());
                }
                Data::List(list)
            }
            OBJECT => {
                let mut fields = Vec::new();
                for _ in 0..self.number() as usize {
                    fields.push((self.string(), self.value()));
                }
                Data::Object(fields)
            }
            FUNCTION => Data::Other("a function"),
            SYMBOL => Data::Other("a symbol"),
            BIGINT => Data::Other("a bigint"),
            AN_ARRAY => Data::Other("an array"),
            AN_OBJECT => Data::Other("an object"),
            UNDEFINED.. => Data::Undefined,
        }
    }

    /// The next text. Its length counts units of UTF-16, as JavaScript does.
    fn string(&mut self) -> String {
        let mut units = self.number() as usize;
        let mut end = 0_usize;
        for char in self.text.chars() {
            if units == 0 {
                break;
            }
            units = units.saturating_sub(char.len_utf16());
            end = end.saturating_add(char.len_utf8());
        }
        let (text, rest) = self.text.split_at_checked(end).unwrap_or_default();
        self.text = rest;
        text.into()
    }
}

#[derive(Default)]
struct Writer {
    numbers: Vec<f64>,
    text: String,
}

impl Writer {
    fn of(data: &Data) -> Self {
        let mut tape = Self::default();
        tape.value(data);
        tape
    }

    fn value(&mut self, data: &Data) {
        match data {
            Data::Undefined => self.kind(UNDEFINED),
            Data::Null => self.kind(NULL),
            Data::Bool(bool) => self.kind(if *bool { TRUE } else { FALSE }),
            Data::Number(number) => {
                self.kind(NUMBER);
                self.numbers.push(*number);
            }
            Data::Text(text) | Data::BrokenText(text) => {
                self.kind(TEXT);
                self.string(text);
            }
            Data::Other(words) => {
                self.kind(TEXT);
                self.string(words);
            }
            Data::List(list) => {
                self.kind(LIST);
                self.numbers.push(list.len() as f64);
                for item in list {
                    self.value(item);
                }
            }
            Data::Object(fields) => {
                self.kind(OBJECT);
                self.numbers.push(fields.len() as f64);
                for (name, field) in fields {
                    self.string(name);
                    self.value(field);
                }
            }
        }
    }

    fn kind(&mut self, kind: u32) {
        self.numbers.push(kind.into());
    }

    fn string(&mut self, text: &str) {
        self.text.push_str(text);
        self.numbers.push(text.encode_utf16().count() as f64);
    }
}
