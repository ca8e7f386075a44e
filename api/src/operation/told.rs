//! What the document tells of one operation, as the types of its handler tell it.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, openapi::path::ParameterIn};

use super::{headers, problems, told_by};
use crate::schema::{self, Describe};

/// Problems of every operation: it may be malformed, of somebody whose token does not hold, not accepted, one of too many,
/// or come while what is behind the API does not answer. A token that does not hold is refused even where none is needed.
const ALWAYS: [u16; 5] = [400, 401, 422, 429, 503];
/// Where parameters stand, in the order in which they are told.
const PLACES: [&str; 3] = ["path", "query", "header"];

/// What the document tells of one operation.
#[derive(Debug)]
pub struct Told {
    operation: Value,
    parameters: Vec<Value>,
    schemas: Vec<Describe>,
    is_public: bool,
    #[cfg(test)]
    misfits: Vec<String>,
}

impl Told {
    /// What its attribute tells.
    pub fn new(operation: Value) -> Self {
        let mut told = Self {
            operation,
            parameters: Vec::new(),
            schemas: Vec::new(),
            is_public: true,
            #[cfg(test)]
            misfits: Vec::new(),
        };
        for answer in told.successes() {
            headers::bear(answer, "X-Request-Id", "RequestId");
        }
        for status in ALWAYS {
            told.may(status);
        }
        told
    }

    /// It is for those who signed in.
    pub fn needs_token(&mut self) {
        self.is_public = false;
    }

    /// It may answer with the problem of this status.
    pub fn may(&mut self, status: u16) {
        if let Some(problem) = problems::reference(status) {
            self.operation["responses"][status.to_string()] = problem;
        }
    }

    /// It takes the parameters that a type names.
    pub fn takes<T: IntoParams>(&mut self, place: &ParameterIn) {
        for parameter in T::into_params(|| Some(place.clone())) {
            self.takes_one(told_by(&parameter));
        }
    }

    /// It takes a header: what it says besides its name.
    pub fn takes_header(&mut self, name: &str, mut header: Value) {
        header["name"] = name.into();
        header["in"] = "header".into();
        self.takes_one(header);
    }

    /// A parameter is given or absent, never `null`.
    fn takes_one(&mut self, mut parameter: Value) {
        if let Some(kind) = parameter.pointer_mut("/schema/type")
            && let Some(one) = kind.as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null"))
        {
            *kind = one.clone();
        }
        self.parameters.push(parameter);
    }

    /// It takes a body of a type.
    pub fn takes_body<T: JsonSchema>(&mut self, media: &str) {
        let schema = self.schema::<T>();
        self.operation["requestBody"] =
            json!({ "content": { media: { "schema": schema } }, "required": true });
        for status in [408, 413, 415] {
            self.may(status);
        }
    }

    /// It answers with a body of a type.
    pub fn answers<T: JsonSchema>(&mut self, media: &str) {
        let schema = self.schema::<T>();
        self.answers_content(media, &json!({ "schema": schema }));
    }

    /// It answers with a body: what is told of it besides its media type.
    pub fn answers_content(&mut self, media: &str, content: &Value) {
        for answer in self.successes() {
            answer["content"][media] = content.clone();
        }
    }

    /// Its answer bears a header, which `components/headers` tells under this name.
    pub fn bears(&mut self, header: &str, name: &str) {
        for answer in self.successes() {
            headers::bear(answer, header, name);
        }
    }

    /// It answers without a body where the client has the answer already, which this header stands for.
    pub fn spares(&mut self, name: &str) {
        let mut answer = json!({ "description": "It is what `If-None-Match` names." });
        headers::bear(&mut answer, "X-Request-Id", "RequestId");
        headers::bear(&mut answer, "ETag", name);
        self.operation["responses"]["304"] = answer;
    }

    /// A type, as the document refers to it; it is among the document's schemas then.
    pub fn schema<T: JsonSchema>(&mut self) -> Value {
        self.schemas.push(schema::describe::<T>);
        schema::reference::<T>()
    }

    /// An example of its body: a `T`.
    pub(super) fn example<T: JsonSchema + 'static>(&mut self, name: &str, summary: &str, value: &Value) {
        #[cfg(test)]
        if beffroi_schema::Schema::of::<T>().map_or(true, |schema| !schema.faults(value, None).is_empty()) {
            self.misfits.push(name.to_owned());
        }
        self.schema::<T>();
        let example = json!({ "summary": summary, "value": value });
        let contents = self.operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut);
        for content in contents.into_iter().flat_map(Map::values_mut) {
            content["examples"][name] = example.clone();
        }
    }

    /// Where its answer leads.
    pub(super) fn link(&mut self, operation: &str, parameters: &[(&str, &str)]) {
        let parameters: Map<String, Value> =
            parameters.iter().map(|(name, from)| ((*name).to_owned(), (*from).into())).collect();
        for answer in self.successes() {
            answer["links"][operation] =
                json!({ "operationId": operation, "parameters": parameters.clone() });
        }
    }

    /// The operation as the document has it, and the schemas that it refers to.
    pub(super) fn whole(mut self) -> (Value, Vec<Describe>) {
        if self.is_public {
            self.operation["security"] = json!([{}]);
        }
        if !self.parameters.is_empty() {
            let place = |parameter: &Value| PLACES.iter().position(|place| parameter["in"] == **place);
            self.parameters.sort_by_key(place);
            self.operation["parameters"] = self.parameters.into();
        }
        (self.operation, self.schemas)
    }

    /// Its answers that tell a success with a body or its absence, which its attribute has.
    fn successes(&mut self) -> impl Iterator<Item = &mut Value> {
        let answers = self.operation.pointer_mut("/responses").and_then(Value::as_object_mut);
        answers.into_iter().flatten().filter(|(status, _)| status.starts_with('2')).map(|(_, answer)| answer)
    }
}

#[cfg(test)]
impl Told {
    /// Its examples that are not of their type.
    pub(super) fn misfits(&self) -> &[String] {
        &self.misfits
    }
}
