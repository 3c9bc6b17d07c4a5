//! Requests that are wrong: the client's fault, with place and remedy.

use toile_protocol::{ModelFacts, Refusal, parse_infer};

use crate::{facts, parsed, parsed_binary};

/// Every part of the message that is given has to be there.
#[track_caller]
fn refused(case: &str, parsed: Result<impl std::fmt::Debug, Refusal>, parts: &[&str]) {
    let case: String = case.chars().take(300).collect();
    match parsed {
        Ok(request) => panic!("{case}: was understood as {request:?}"),
        Err(Refusal { status, message }) => {
            assert_eq!(status, 400, "{case}: {message}");
            assert!(message.len() < 700, "{case}: {message}");
            for part in parts {
                assert!(message.contains(part), "{case}: {part:?} is not in: {message}");
            }
        }
    }
}

#[test]
fn what_is_no_json() {
    let deep = format!("{{\"inputs\":{}", "[".repeat(100_000));
    let deep_data = format!(
        r#"{{"inputs":[{{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"data":{}1{}}}]}}"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    for (json, parts) in [
        ("", &["request", "line 1, column 0", "EOF"][..]),
        ("{\"inputs\":[\n  {,}]}", &["line 2, column 4", "send one JSON object"]),
        (r#"{"inputs":[]"#, &["EOF while parsing", "column 12"]),
        (
            r#"{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"data":[1,2,"#,
            &["EOF", "line 1"],
        ),
        (r#"{"inputs":[{"data":[1,2,03]}]}"#, &["invalid number", "column 26"]),
        (
            r#"{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"data":[1,2,3,4,5,06]}]}"#,
            &["request: invalid number", "line 1, column 85)"],
        ),
        (r#"{"inputs":[{"data":[1,2,]}]}"#, &["line 1, column 25"]),
        (r#"{"inputs":[{"data":[NaN]}]}"#, &["expected value", "column 21"]),
        (r#"{"inputs":[{"data":[Infinity]}]}"#, &["expected value", "column 21"]),
        (r#"{"id":"\ud800","inputs":[]}"#, &["line 1", "column"]),
        (r#"{"inputs":[]} {}"#, &["trailing characters", "column 15"]),
        ("[]", &["request: a list where an object has to be"]),
        ("7", &["request: the number 7 where an object has to be"]),
        ("null", &["request: null where an object has to be"]),
        (&deep, &["inputs[0]: a list where an object has to be", "column"]),
        (&deep_data, &["inputs[0].data[0][0][0][0]: a list where a number has to be"]),
    ] {
        refused(json, parsed(json), parts);
    }
    let latin = b"{\"id\":\"\xfc\",\"inputs\":[]}";
    refused("Latin-1", parse_infer(latin, None, &facts()), &["not UTF-8 from byte 7 on", "encode"]);
    let ignored = b"{\"more\":\"\xfc\",\"inputs\":[]}";
    refused("Latin-1", parse_infer(ignored, None, &facts()), &["not UTF-8 from byte 9 on"]);
}

#[test]
fn what_has_another_form() {
    for (json, parts) in [
        ("{}", &["inputs: is missing", "images (UINT8"][..]),
        (
            r#"{"inputs":{}}"#,
            &["inputs: an object where a list has to be", "send what /openapi.json describes"],
        ),
        (r#"{"inputs":null}"#, &["inputs: is missing"]),
        (
            r#"{"inputs":[]}"#,
            &["inputs: 0 tensors", "images (UINT8, [batch, 2, 3, 1])", "normalized (FP32, "],
        ),
        (r#"{"inputs":[7]}"#, &["inputs[0]: the number 7 where an object has to be", "line 1, column 12"]),
        (
            r#"{"inputs":[["images","UINT8",[1,2,3,1],null,[1,2,3,4,5,6]]]}"#,
            &["inputs[0]: a list where an object has to be"],
        ),
        (
            r#"{"inputs":[{"datatype":"UINT8","shape":[]}]}"#,
            &["inputs[0].name: is missing; send images (UINT8"],
        ),
        (
            r#"{"inputs":[{"name":"images","shape":[]}]}"#,
            &["inputs[0].datatype: is missing; send images (UINT8"],
        ),
        (
            r#"{"inputs":[{"name":"images","datatype":"UINT8"}]}"#,
            &["inputs[0].shape: is missing; send images (UINT8"],
        ),
        (
            r#"{"inputs":[{"name":7}]}"#,
            &["inputs[0].name: the number 7 where a text has to be", "line 1, column 20"],
        ),
        (r#"{"inputs":[{"name":"images","name":"images"}]}"#, &["inputs[0]: it has name twice", "send what"]),
        (r#"{"inputs":[{"data":[1],"data":[2]}]}"#, &["inputs[0]: it has data twice"]),
        (r#"{"inputs":[],"inputs":[]}"#, &["request: it has inputs twice"]),
        (
            r#"{"inputs":[{"parameters":{"binary_data_size":1,"binary_data_size":1}}]}"#,
            &["inputs[0].parameters: it has binary_data_size twice"],
        ),
        (
            r#"{"inputs":[{"shape":[1,-2]}]}"#,
            &["inputs[0].shape[1]: the number -2 where a whole number from 0 on has to be"],
        ),
        (r#"{"inputs":[{},{},{},{},{}]}"#, &["inputs: it has more than 4 entries", "column"]),
        (
            r#"{"inputs":[],"outputs":[{},{},{},{},{},{},{},{},{}]}"#,
            &["outputs: it has more than 8 entries", "send what"],
        ),
        (r#"{"inputs":[{"shape":[1.5]}]}"#, &["inputs[0].shape[0]: the number 1.5 where a whole number"]),
        (r#"{"inputs":[{"shape":[18446744073709551616]}]}"#, &["inputs[0].shape[0]: "]),
        (r#"{"inputs":[{"shape":"1,2"}]}"#, &["inputs[0].shape: the text \"1,2\" where a list has to be"]),
        (r#"{"inputs":[{"parameters":[7]}]}"#, &["inputs[0].parameters: a list where an object has to be"]),
        (
            r#"{"inputs":[{"parameters":{"binary_data_size":-1}}]}"#,
            &["inputs[0].parameters.binary_data_size: "],
        ),
        (r#"{"inputs":[],"id":{}}"#, &["id: an object where a text has to be"]),
        (r#"{"inputs":true}"#, &["inputs: the truth value true where a list has to be"]),
        (
            r#"{"inputs":["integer, expected 7"]}"#,
            &["inputs[0]: the text \"integer, expected 7\" where an object has to be"],
        ),
        (r#"{"inputs":[],"id":7}"#, &["id: the number 7 where a text has to be"]),
        (
            r#"{"inputs":[],"parameters":{"binary_data_output":1}}"#,
            &["parameters.binary_data_output: the number 1 where a truth value has to be"],
        ),
        (
            r#"{"inputs":[],"outputs":["class"]}"#,
            &["outputs[0]: the text \"class\" where an object has to be"],
        ),
        (
            r#"{"inputs":[],"outputs":[{"name":"class","parameters":{"binary_data":"yes"}}]}"#,
            &["outputs[0].parameters.binary_data: the text \"yes\" where a truth value has to be"],
        ),
        (r#"{"inputs":[],"outputs":[{"parameters":{"classification":1e400}}]}"#, &["number out of range"]),
    ] {
        refused(json, parsed(json), parts);
    }
    let long = format!(r#"{{"inputs":[{{"shape":"{}"}}]}}"#, "ü".repeat(100_000));
    refused(
        "a long text",
        parsed(&long),
        &["inputs[0].shape: the text \"ü", "...", "where a list has to be"],
    );
}

/// A request for one image of bytes, with one thing replaced.
fn with(from: &str, to: &str) -> String {
    const IMAGE: &str =
        r#"{"inputs":[{"name":"images","shape":[1,2,3,1],"datatype":"UINT8","data":[1,2,3,4,5,6]}]}"#;
    assert_eq!(IMAGE.matches(from).count(), 1, "{from}");
    IMAGE.replace(from, to)
}

#[test]
fn tensors_that_the_model_does_not_take() {
    let twice = with("}]", r#"},{"name":"normalized","shape":[1],"datatype":"FP32","data":[1]}]"#);
    for (json, parts) in [
        (twice, &["inputs: 2 tensors, but a request has one"][..]),
        (with("images", "pixels"), &["inputs[0].name: there is no input \"pixels\"", "images (UINT8"]),
        (
            with("images", &"x".repeat(5000)),
            &["inputs[0].name: there is no input \"xxx", "...", "normalized"],
        ),
        (with("UINT8", "FP32"), &["inputs[0].datatype: images is UINT8, not \"FP32\"", "normalized (FP32"]),
        (with("UINT8", "uint8"), &["inputs[0].datatype", "not \"uint8\""]),
        (with("\"images\"", "\"normalized\""), &["inputs[0].datatype: normalized is FP32, not \"UINT8\""]),
        (with("[1,2,3,1]", "[2,3,1]"), &["inputs[0].shape: is [2, 3, 1], but images", "[batch, 2, 3, 1]"]),
        (with("[1,2,3,1]", "[]"), &["inputs[0].shape: is []"]),
        (with("[1,2,3,1]", "[1,1,2,3]"), &["inputs[0].shape: is [1, 1, 2, 3]"]),
        (
            with("[1,2,3,1]", "[1,2,3,1,1,1,1,1,1,1]"),
            &["inputs[0].shape: it has more than 8 entries", "send what"],
        ),
        (with("[1,2,3,1]", "[0,2,3,1]"), &["inputs[0].shape: 0 images, but a request has 1 to 4"]),
        (
            with("[1,2,3,1]", "[5,2,3,1]"),
            &["inputs[0].shape: 5 images, but a request has 1 to 4", "share them"],
        ),
        (with("[1,2,3,1]", "[18446744073709551615,2,3,1]"), &["18446744073709551615 images"]),
        (with("[1,2,3,1]", "[1,9223372036854775808,2,1]"), &["[1, 9223372036854775808, 2, 1]"]),
        (
            with("\"data\"", "\"parameters\":{\"shared_memory_region\":\"x\"},\"data\""),
            &["shared_memory_region"],
        ),
        (with("\"data\"", "\"date\""), &["inputs[0].data: is missing", "binary_data_size"]),
        (with("[1,2,3,4,5,6]", "null"), &["inputs[0].data: is missing"]),
    ] {
        refused(&json, parsed(&json), parts);
    }
}

#[test]
fn numbers_that_are_none_or_too_many() {
    let huge = format!("[1,2,3,4,5,{}]", "9".repeat(100_000));
    for (data, parts) in [
        ("[1,2,3,4,5]", &["inputs[0].data: 5 entries; the shape says 6", "line 1, column 73"][..]),
        ("[1,2,3,4,5,6,7]", &["inputs[0].data: more than 6 entries; the shape says 6"]),
        ("[]", &["inputs[0].data: 0 entries"]),
        ("7", &["inputs[0].data: a number where a list has to be"]),
        ("\"AQIDBAUG\"", &["inputs[0].data: a text where a list has to be"]),
        ("{}", &["inputs[0].data: an object where a list has to be"]),
        ("[1,2,3,4,5,256]", &["inputs[0].data[5]: is 256; send whole numbers from 0 to 255", "column 84"]),
        ("[1,2,3,4,5,-1]", &["inputs[0].data[5]: is -1"]),
        ("[1,2,3,4,5.5,6]", &["inputs[0].data[4]: is 5.5; send whole numbers"]),
        ("[1e400,2,3,4,5,6]", &["inputs[0].data[0]: is 1e400"]),
        ("[1e-400,2,3,4,5,1000]", &["inputs[0].data[5]: is 1000"]),
        ("[1,\n2,\n 2560,4,5,6]", &["inputs[0].data[2]: is 2560", "line 3, column 2)"]),
        (&huge, &["inputs[0].data[5]: is 9999", "...; send whole"]),
        ("[1,2,\"3\",4,5,6]", &["inputs[0].data[2]: a text where a number has to be"]),
        ("[1,2,null,4,5,6]", &["inputs[0].data[2]: null where a number"]),
        ("[1,2,true,4,5,6]", &["inputs[0].data[2]: a truth value where a number"]),
        ("[1,2,[3],4,5,6]", &["inputs[0].data[2]: a list where a number"]),
        ("[1,2,{},4,5,6]", &["inputs[0].data[2]: an object where a number"]),
        ("[[1,2,3,4,5,6]]", &["inputs[0].data[0][0]: a number where a list has to be"]),
        ("[[[[1],[2],[3]],[[4],[5],[6]]],[]]", &["inputs[0].data: more than 1 entries"]),
        ("[[[[1],[2],[3]],[[4],[5]]]]", &["inputs[0].data[0][1]: 2 entries; the shape says 3"]),
        ("[[[[1],[2],[3]],[[4],[5],6]]]", &["inputs[0].data[0][1][2]: a number where a list"]),
        ("[[[[1],[2],[3]],[[4],[5],[777]]]]", &["inputs[0].data[0][1][2][0]: is 777"]),
    ] {
        let json = with("[1,2,3,4,5,6]", data);
        refused(&json, parsed(&json), parts);
        // The same wherever the numbers stand.
        let first = format!(
            r#"{{"inputs":[{{"data":{data},"name":"images","datatype":"UINT8","shape":[1,2,3,1]}}]}}"#
        );
        let said = |json: &str| parsed(json).expect_err("it is wrong").message;
        let without_place = |message: String| message.split(" (line").next().unwrap_or_default().to_owned();
        assert_eq!(without_place(said(&json)), without_place(said(&first)));
    }
    for (number, parts) in [
        ("1e39", &["inputs[0].data[0]: is 1e39; send numbers that 32 bit floats can hold"][..]),
        ("-3.5e38", &["inputs[0].data[0]: is -3.5e38"]),
        ("\"NaN\"", &["inputs[0].data[0]: a text where a number has to be"]),
    ] {
        let json = format!(
            r#"{{"inputs":[{{"name":"normalized","datatype":"FP32","shape":[1,1,2,3],"data":[{number},0,0,0,0,0]}}]}}"#
        );
        refused(&json, parsed(&json), parts);
    }
}

#[test]
fn binary_sizes_that_lie() {
    let image = |size: &str| {
        format!(
            r#"{{"inputs":[{{"name":"images","shape":[1,2,3,1],"datatype":"UINT8","parameters":{{"binary_data_size":{size}}}}}]}}"#
        )
    };
    for (size, bytes, parts) in [
        ("6", 5, &["inputs[0].parameters.binary_data_size: is 6, but 5 bytes follow the JSON"][..]),
        ("6", 7, &["binary_data_size: is 6, but 7 bytes follow", "Inference-Header-Content-Length"]),
        ("6", 0, &["binary_data_size: is 6, but 0 bytes follow"]),
        ("5", 5, &["binary_data_size: is 5, but the shape [1, 2, 3, 1] is 6 bytes"]),
        ("0", 0, &["binary_data_size: is 0, but the shape"]),
        ("18446744073709551615", 6, &["binary_data_size: is 18446744073709551615, but the shape"]),
        ("18446744073709551616", 6, &["inputs[0].parameters.binary_data_size: "]),
        ("null", 6, &["inputs[0].data: is missing"]),
    ] {
        refused(size, parsed_binary(&image(size), &vec![1; bytes]), parts);
    }
    refused("no header", parsed(&image("6")), &["Inference-Header-Content-Length is missing"]);
    let both = with("\"data\"", "\"parameters\":{\"binary_data_size\":6},\"data\"");
    refused(
        &both,
        parsed_binary(&both, &[1; 6]),
        &["inputs[0]: has both data and parameters.binary_data_size"],
    );
    let json = with("1,2,3,4,5,6", "1,2,3,4,5,6");
    refused(
        &json,
        parsed_binary(&json, &[1; 6]),
        &["6 bytes follow the JSON, but inputs[0] has its numbers"],
    );

    let body = [image("6").as_bytes(), &[1; 6]].concat();
    let of = |length| parse_infer(&body, Some(length), &facts());
    refused("short", of(10), &["request: EOF", "column 10"]);
    refused("long", of(body.len() - 5), &["trailing characters"]);
    refused("longer", of(body.len() + 1), &["Inference-Header-Content-Length: ", "but the body has"]);
    refused("endless", of(usize::MAX), &["Inference-Header-Content-Length: 18446744073709551615 bytes"]);
    refused("no whole image", of(0), &["body: ", "6 bytes each"]);
    refused("no image", parse_infer(&[], Some(0), &facts()), &["body: 0 images"]);
    refused("too many images", parse_infer(&[0; 30], Some(0), &facts()), &["body: 5 images", "1 to 4"]);
}

#[test]
fn binary_floats_that_are_no_numbers() {
    let json = r#"{"inputs":[{"name":"normalized","shape":[1,1,2,3],"datatype":"FP32","parameters":{"binary_data_size":24}}]}"#;
    for (float, said) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let floats = [0.0, 1.0, 2.0, 3.0, float, 5.0];
        let bytes: Vec<u8> = floats.iter().flat_map(|float: &f32| float.to_le_bytes()).collect();
        refused(
            said,
            parsed_binary(json, &bytes),
            &["number 4 of the binary data: is ", said, "little endian"],
        );
    }
}

#[test]
fn outputs_that_are_not_there() {
    for (output, parts) in [
        (
            r#"{"name":"logits"}"#,
            &["outputs[0].name: there is no output \"logits\"", "probabilities, class, class_name"][..],
        ),
        (r#"{"name":"class"},{"name":"class"}"#, &["outputs[1].name: class is asked for twice"]),
        (r#"{}"#, &["outputs[0].name: is missing; ask for some of probabilities"]),
        (
            r#"{"name":"class","parameters":{"classification":1}}"#,
            &["outputs[0].parameters.classification: class has no"],
        ),
        (
            r#"{"name":"probabilities","parameters":{"classification":0}}"#,
            &["is 0, but the model has 3 classes"],
        ),
        (r#"{"name":"probabilities","parameters":{"classification":4}}"#, &["is 4", "ask for 1 to 3"]),
        (
            r#"{"name":"probabilities","parameters":{"classification":-1}}"#,
            &["outputs[0].parameters.classification: "],
        ),
        (
            r#"{"name":"class","parameters":{"shared_memory_region":"x"}}"#,
            &["outputs[0].parameters.shared_memory_region"],
        ),
    ] {
        let json = with("}]}", &format!("}}],\"outputs\":[{output}]}}"));
        refused(&json, parsed(&json), parts);
    }
}

/// A shape of a terabyte that the model would take, and next to no numbers: had memory for it been asked for, this
/// would end the test.
#[test]
fn a_small_request_takes_little_memory() {
    let facts = ModelFacts { image_shape: [1, 1 << 20, 1 << 20], batch_max: 1 << 20, ..facts() };
    for (name, datatype, shape) in [
        ("images", "UINT8", "[1048576,1048576,1048576,1]"),
        ("normalized", "FP32", "[1048576,1,1048576,1048576]"),
    ] {
        let json = format!(
            r#"{{"inputs":[{{"name":"{name}","datatype":"{datatype}","shape":{shape},"data":[1,2,3]}}]}}"#
        );
        refused(
            &json,
            parse_infer(json.as_bytes(), None, &facts),
            &["inputs[0].data: 3 entries; the shape says 1152921504606846976"],
        );
    }
}
