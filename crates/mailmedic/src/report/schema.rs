//! The JSON Schemas of what programs are told (JSON Schema 2020-12).

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::Report;
use crate::explanation::Explanation;

/// Writes the schema of the report as indented JSON with a line feed at the end.
pub fn render() -> String {
    schema::<Report>()
}

/// Writes the schema of what `explain` says in the same form.
pub fn explanation() -> String {
    schema::<Explanation>()
}

fn schema<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut text = serde_json::to_string_pretty(&schema).expect("every key of a schema is a string");
    text.push('\n');
    text
}
