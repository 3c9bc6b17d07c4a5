//! From probabilities to the bytes of an answer.

use serde::Serialize;

use crate::types::{Answers, InferRequest, InferResponse, ModelFacts, Output, WantedOutput};

#[derive(Serialize)]
struct Response<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    outputs: Vec<Tensor<'a>>,
}

#[derive(Serialize)]
struct Tensor<'a> {
    name: &'static str,
    datatype: &'static str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Parameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Values<'a>>,
}

#[derive(Serialize)]
struct Parameters {
    binary_data_size: usize,
}

/// The numbers or texts of a tensor.
#[derive(Serialize)]
#[serde(untagged)]
enum Values<'a> {
    /// Each with the fewest digits that are read back as the same 32 bit float.
    Floats(&'a [f32]),
    Integers(Vec<i64>),
    Names(Vec<&'a str>),
    Texts(Vec<String>),
}

/// The answer.
///
/// # Panics
/// If there are not as many probabilities and classes as the request's images and the model's classes say.
pub fn write_infer(
    request: &InferRequest,
    facts: &ModelFacts,
    version: &str,
    answers: Answers<'_>,
) -> InferResponse {
    let count = request.images * facts.class_names.len();
    assert_eq!(answers.probabilities.len(), count, "a probability for each image and class");
    assert_eq!(answers.classes.len(), request.images, "a class for each image");
    let mut binary = Vec::new();
    let outputs = request.outputs.iter().map(|wanted| {
        let values = Values::of(*wanted, facts, answers);
        let (datatype, shape) = match (wanted.classification, wanted.output) {
            (Some(classes), _) => (Output::ClassName.datatype(), vec![request.images, classes]),
            (None, Output::Probabilities) => ("FP32", vec![request.images, facts.class_names.len()]),
            (None, output) => (output.datatype(), vec![request.images]),
        };
        let name = wanted.output.name();
        if !wanted.binary {
            return Tensor { name, datatype, shape, parameters: None, data: Some(values) };
        }
        let before = binary.len();
        values.append_to(&mut binary);
        let parameters = Some(Parameters { binary_data_size: binary.len() - before });
        Tensor { name, datatype, shape, parameters, data: None }
    });
    let outputs = outputs.collect();
    let response =
        Response { model_name: &facts.name, model_version: version, id: request.id.as_deref(), outputs };
    let mut body = serde_json::to_vec(&response).expect("text and numbers are JSON");
    let json_length = request.outputs.iter().any(|wanted| wanted.binary).then_some(body.len());
    body.append(&mut binary);
    InferResponse { body, json_length }
}

impl<'a> Values<'a> {
    fn of(wanted: WantedOutput, facts: &'a ModelFacts, answers: Answers<'a>) -> Values<'a> {
        let (names, Answers { probabilities, classes }) = (&facts.class_names, answers);
        match (wanted.classification, wanted.output) {
            (Some(count), _) => {
                let images = probabilities.chunks(names.len().max(1)).zip(classes);
                Values::Texts(images.flat_map(|(image, &best)| ranked(image, best, names, count)).collect())
            }
            (None, Output::Probabilities) => Values::Floats(probabilities),
            (None, Output::Class) => Values::Integers(classes.iter().map(|&class| class as i64).collect()),
            (None, Output::ClassName) => {
                Values::Names(classes.iter().map(|&class| names[class].as_str()).collect())
            }
        }
    }

    /// Little endian; a text after its length.
    fn append_to(&self, bytes: &mut Vec<u8>) {
        fn texts<'b>(bytes: &mut Vec<u8>, texts: impl Iterator<Item = &'b str>) {
            for text in texts {
                let len = u32::try_from(text.len()).expect("a class's name is no book");
                bytes.extend(len.to_le_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        match self {
            Values::Floats(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Values::Integers(values) => bytes.extend(values.iter().flat_map(|value| value.to_le_bytes())),
            Values::Names(names) => texts(bytes, names.iter().copied()),
            Values::Texts(values) => texts(bytes, values.iter().map(String::as_str)),
        }
    }
}

/// The most probable classes, the best in front and of other equals the first, as `probability:index:name`.
fn ranked(image: &[f32], best: usize, names: &[String], count: usize) -> Vec<String> {
    let mut classes: Vec<usize> = (0..image.len()).collect();
    classes.sort_by(|&a, &b| (b == best).cmp(&(a == best)).then(image[b].total_cmp(&image[a])));
    let text = |class: usize| {
        let probability = serde_json::to_string(&image[class]).expect("a number is JSON");
        format!("{probability}:{class}:{}", names[class])
    };
    classes.into_iter().take(count).map(text).collect()
}
