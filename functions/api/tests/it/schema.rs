//! Holds answers against the OpenAPI document: no field too many, none missing, every status told.

use serde_json::Value;

use crate::world::Answered;

pub(crate) struct Contract(pub(crate) Value);

impl Contract {
    pub(crate) fn new(document: Value) -> Self {
        Self(document)
    }

    /// Every route: path, method and what is told of it.
    pub(crate) fn operations(&self) -> Vec<(String, String, &Value)> {
        let paths = self.0["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap();
                methods.iter().map(move |(method, it)| (path.clone(), method.to_uppercase(), it))
            })
            .collect()
    }

    /// An answer is as the document says, wherever it comes from a route that the document has.
    #[track_caller]
    pub(crate) fn check(&self, method: &str, path: &str, answered: &Answered) {
        let status = answered.status.as_u16();
        let kind = answered.headers.get("content-type").map(|it| it.to_str().unwrap());
        for header in [
            "x-content-type-options",
            "referrer-policy",
            "strict-transport-security",
            "cache-control",
            "content-security-policy",
        ] {
            assert!(answered.headers.contains_key(header), "{method} {path} lacks {header}");
        }
        assert!(status < 500 || status == 503, "{method} {path}: {status}");
        if status >= 400 {
            assert_eq!(kind, Some("application/problem+json"), "{method} {path}");
            assert_eq!(answered.json["status"], status);
            self.holds(&self.0["components"]["schemas"]["Problem"], &answered.json, "problem");
        }
        assert_eq!(
            [429, 503].contains(&status),
            answered.headers.contains_key("retry-after"),
            "{path}"
        );
        assert_eq!(status == 401, answered.headers.contains_key("www-authenticate"), "{path}");
        let Some(operation) = self.find(method, path).filter(|_| status != 405) else { return };
        let told = &operation["responses"][status.to_string()];
        assert!(
            told.is_object(),
            "{method} {path} is not said to answer {status}: {}",
            answered.text
        );
        let schema = &told["content"]["application/json"]["schema"];
        if schema.is_object() {
            self.holds(schema, &answered.json, "$");
        }
    }

    fn find(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap();
        let fits = |template: &str| {
            let (a, b): (Vec<_>, Vec<_>) =
                (template.split('/').collect(), path.split('/').collect());
            a.len() == b.len()
                && a.iter().zip(&b).all(|(a, b)| (a.starts_with('{') && !b.is_empty()) || a == b)
        };
        let found = self.0["paths"].as_object().unwrap();
        found.iter().find(|it| fits(it.0))?.1.get(method.to_lowercase())
    }

    /// The few parts of JSON Schema that the document uses for answers.
    #[track_caller]
    fn holds(&self, schema: &Value, value: &Value, place: &str) {
        assert!(self.fits(schema, value, place), "{place}: {value} is not as {schema} says");
    }

    #[track_caller]
    fn fits(&self, schema: &Value, value: &Value, place: &str) -> bool {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.0.pointer(&reference[1..]).expect(reference);
            return self.fits(target, value, place);
        }
        if let Some(any) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            return any.iter().any(|it| self.fits(it, value, place));
        }
        if let Some(all) = schema["allOf"].as_array() {
            return all.iter().all(|it| self.open(it, value, place));
        }
        self.open(schema, value, place) && self.closed(schema, value)
    }

    /// Nothing is told that the schema does not name.
    fn closed(&self, schema: &Value, value: &Value) -> bool {
        match (schema["properties"].as_object(), value.as_object()) {
            (Some(named), Some(fields)) => fields.keys().all(|it| named.contains_key(it)),
            _ => true,
        }
    }

    #[track_caller]
    fn open(&self, schema: &Value, value: &Value, place: &str) -> bool {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.open(self.0.pointer(&reference[1..]).expect(reference), value, place);
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().map(|it| it.as_str().unwrap()).collect(),
            Value::String(one) => vec![one],
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![],
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(it) if it.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let number = kind == "integer" && types.contains(&"number");
        if !types.is_empty() && !types.contains(&kind) && !number {
            return false;
        }
        if schema["enum"].as_array().is_some_and(|it| !it.contains(value)) {
            return false;
        }
        for item in value.as_array().into_iter().flatten() {
            self.holds(&schema["items"], item, &format!("{place}[]"));
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter(|_| value.is_object()) {
            assert!(value.get(name.as_str().unwrap()).is_some(), "{place} lacks {name}: {value}");
        }
        for (name, it) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(field) = value.get(name) {
                self.holds(it, field, &format!("{place}.{name}"));
            }
        }
        true
    }
}
