//! The JSON Schema of the report.

use schemars::generate::SchemaSettings;

use super::Report;

/// Writes the schema as indented JSON with a line feed at the end (JSON Schema 2020-12).
pub fn render() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Report>();
    let mut text = serde_json::to_string_pretty(&schema).expect("every key of a schema is a string");
    text.push('\n');
    text
}
