//! Whatever arrives, it is understood or refused.

use toile_protocol::{Answers, InferRequest, Pixels, Refusal, parse_infer, write_infer};
use toile_testing::{Chance, changed_bytes, changed_text};

use crate::facts;

const JSON: &str = r#"{"id":"42","parameters":{"binary_data_output":true},"inputs":[
{"name":"images","shape":[2,2,3,1],"datatype":"UINT8","data":[0,1,2,3,40,50,60,255,8,9,10,11]}],
"outputs":[{"name":"probabilities","parameters":{"classification":2,"binary_data":false}},{"name":"class"}]}"#;
const NESTED: &str = r#"{"inputs":[{"data":[[[[0.5,-1,2e3],[3,4,1e-3]]]],"name":"normalized","shape":[1,1,2,3],"datatype":"FP32"}]}"#;
const BINARY: &str = r#"{"inputs":[{"name":"normalized","shape":[1,1,2,3],"datatype":"FP32","parameters":{"binary_data_size":24}}]}"#;

/// A refusal says why and is the client's fault; a request fits the model, and can be answered.
#[track_caller]
fn hold(case: &str, parsed: Result<InferRequest, Refusal>) -> bool {
    match parsed {
        Err(Refusal { status, message }) => {
            assert!((400..500).contains(&status), "{case}: {status}");
            assert!((20..1000).contains(&message.len()), "{case}: {message}");
            assert!(message.contains(": "), "{case}: {message}");
            false
        }
        Ok(request) => {
            let count = match &request.pixels {
                Pixels::Bytes(bytes) => bytes.len(),
                Pixels::Normalized(floats) => {
                    assert!(floats.iter().all(|float| float.is_finite()), "{case}");
                    floats.len()
                }
            };
            assert_eq!(count, request.images * 6, "{case}");
            assert!((1..=4).contains(&request.images) && !request.outputs.is_empty(), "{case}");
            let (probabilities, classes) = (vec![0.25; request.images * 3], vec![2; request.images]);
            let answers = Answers { probabilities: &probabilities, classes: &classes };
            write_infer(&request, &facts(), "0", answers);
            true
        }
    }
}

#[test]
fn damaged_requests_are_refused_or_understood() {
    let mut understood = 0;
    for case in 0..3000 {
        let mut chance = Chance::new(16, case);
        let json = changed_text(chance.one_of(&[JSON, NESTED]), &mut chance);
        let parsed = parse_infer(json.as_bytes(), None, &facts());
        if let Some(rest) = json.strip_prefix('{') {
            // The usual request is read by a shorter way, which a key of that name before all others bars.
            let long_way = format!("{{\"data\":7,{rest}");
            assert_eq!(parse_infer(long_way.as_bytes(), None, &facts()).ok(), parsed.clone().ok(), "{json}");
        }
        understood += u32::from(hold(&json, parsed));
        let bytes = changed_bytes(chance.one_of(&[JSON, NESTED]).as_bytes(), &mut chance);
        understood += u32::from(hold(&format!("{case}"), parse_infer(&bytes, None, &facts())));
    }
    assert!((200..4000).contains(&understood), "{understood} of 6000 were understood");
}

#[test]
fn damaged_binary_requests_are_refused_or_understood() {
    let mut understood = 0;
    for case in 0..2000 {
        let mut chance = Chance::new(17, case);
        // In every second case the numbers alone: what is wrong in the JSON hides what is wrong after it.
        let body = match case % 2 {
            0 => changed_bytes(&[BINARY.as_bytes(), &[0; 24]].concat(), &mut chance),
            _ => [BINARY.as_bytes(), &changed_bytes(&[0; 24], &mut chance)].concat(),
        };
        let length = match chance.below(4) {
            0 => chance.below(body.len() + 3),
            1 => chance.one_of(&[0, usize::MAX, body.len(), body.len() + 1]),
            _ => BINARY.len(),
        };
        understood += u32::from(hold(&format!("{case}"), parse_infer(&body, Some(length), &facts())));
    }
    assert!((20..1500).contains(&understood), "{understood} of 2000 were understood");
}

#[test]
fn noise_is_refused() {
    for case in 0..500 {
        let mut chance = Chance::new(18, case);
        let count = 1 + chance.below(200);
        let mut noise = chance.bytes(count);
        assert!(!hold("noise", parse_infer(&noise, None, &facts())));
        let letters: Vec<u8> = b"[]{},:\"0123456789.-+eE \n\\utrfalsn".to_vec();
        noise.iter_mut().for_each(|byte| *byte = chance.one_of(&letters));
        assert!(!hold("noise", parse_infer(&noise, None, &facts())));
        // In the place of a tensor's numbers.
        let json = NESTED.replace("[[[[0.5,-1,2e3],[3,4,1e-3]]]]", &String::from_utf8_lossy(&noise));
        hold("noise", parse_infer(json.as_bytes(), None, &facts()));
    }
}
