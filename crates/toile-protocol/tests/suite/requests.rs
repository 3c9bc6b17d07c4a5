//! Requests that are right, in all their forms.

use toile_protocol::{InferRequest, ModelFacts, Output, Pixels, WantedOutput, parse_infer};
use toile_testing::Chance;

use crate::{facts, parsed, parsed_binary};

#[track_caller]
fn good(json: &str) -> InferRequest {
    parsed(json).unwrap_or_else(|refusal| panic!("{json}: {}", refusal.message))
}

fn all(binary: bool) -> Vec<WantedOutput> {
    let wanted = |output| WantedOutput { output, binary, classification: None };
    [Output::Probabilities, Output::Class, Output::ClassName].map(wanted).to_vec()
}

const IMAGE: &str = r#"{"inputs":[{"name":"images","shape":[1,2,3,1],"datatype":"UINT8","data":DATA}]}"#;
const FLOATS: &str = r#"{"inputs":[{"name":"normalized","shape":[1,1,2,3],"datatype":"FP32","data":DATA}]}"#;

#[test]
fn bytes_flat_and_nested_are_the_same() {
    let wanted = Pixels::Bytes(vec![0, 7, 255, 10, 100, 9]);
    for data in [
        "[0,7,255,10,100,9]",
        "\n[ 0 ,\t7, 255,10 ,100,9 ]",
        "[-0.0,7e0,2.55E2,1e+1,1000e-1,9.0]",
        "[[[[0],[7],[255]],[[10],[100],[9]]]]",
        " [ [[ [0], [7],[255]\n],[[10],[100],[9]]]]",
    ] {
        let json = IMAGE.replace("DATA", data);
        let request = good(&json);
        assert_eq!(
            request,
            InferRequest { id: None, pixels: wanted.clone(), images: 1, outputs: all(false) }
        );
    }
}

/// Where numbers end is looked for in blocks; they lie across these wherever the array begins.
#[test]
fn numbers_are_read_wherever_they_lie() {
    let facts = ModelFacts { image_shape: [1, 10, 20], ..facts() };
    for case in 0..300 {
        let mut chance = Chance::new(19, case);
        let pixels = chance.bytes(200);
        let comma = chance.one_of(&[",", ", ", ",\n    ", " ,"]);
        let space = " ".repeat(case as usize % 70);
        let numbers: Vec<String> = pixels.iter().map(u8::to_string).collect();
        let read = |numbers: &[String]| {
            let data = numbers.join(comma);
            let json = format!(
                r#"{{"inputs":[{{"name":"images","datatype":"UINT8","shape":[1,10,20,1],"data":{space}[{data}]}}]}}"#
            );
            parse_infer(json.as_bytes(), None, &facts).map(|read| read.pixels)
        };
        assert_eq!(read(&numbers), Ok(Pixels::Bytes(pixels)));
        for wrong in ["256", "1000", "0x9", "007", "00", "-1", "1.5", "", "1 2", "\u{e9}"] {
            let mut damaged = numbers.clone();
            let at = chance.below(numbers.len());
            damaged[at] = wrong.to_owned();
            assert!(read(&damaged).is_err(), "{wrong:?} at {at}");
        }
    }
}

#[test]
fn floats_are_the_nearest_32_bit_floats() {
    // The last is nearest to 1 + 2^-24 as a 64 bit float, which would be rounded to 1 as a 32 bit float.
    let data = "[0,-1.5,3.4028235e38,1e-45,0.1,1.00000005960464477540]";
    let Pixels::Normalized(floats) = good(&FLOATS.replace("DATA", data)).pixels else { panic!() };
    assert_eq!(floats, [0.0, -1.5, f32::MAX, f32::from_bits(1), 0.1, 1.0 + f32::EPSILON]);
    let nested = "[[[[0,-1.5,3.4028235e38],[1e-45,0.1,1.00000005960464477540]]]]";
    assert_eq!(good(&FLOATS.replace("DATA", nested)).pixels, Pixels::Normalized(floats));
}

#[test]
fn keys_come_in_any_order_and_unknown_ones_are_passed_over() {
    let usual = good(&IMAGE.replace("DATA", "[1,2,3,4,5,6]"));
    for json in [
        r#"{"inputs":[{"data":[1,2,3,4,5,6],"datatype":"UINT8","shape":[1,2,3,1],"name":"images"}]}"#,
        r#"{"outputs":null,"parameters":null,"id":null,"inputs":[{"shape":[1,2,3,1],"parameters":{"a":[{}]},
            "data":[1,2,3,4,5,6],"name":"images","more":{"data":[7]},"datatype":"UINT8"}],"model_name":"x"}"#,
        r#"{"more":{"data":[9,9,9,9,9,9]},"inputs":[{"name":"images","shape":[1,2,3,1],"datatype":"UINT8",
            "more":[{"data" : [8]}],"data" : [1,2,3,4,5,6]}],"data":[7]}"#,
        r#"{"inputs":[{"name":"ima\u0067es","shape":[1,2,3,1],"datatype":"UINT8","data":[1,2,3,4,5,6]}],"outputs":[]}"#,
    ] {
        assert_eq!(good(json), usual);
    }
}

#[test]
fn several_images_are_in_the_order_of_the_batch() {
    let json = IMAGE.replace("[1,2,3,1]", "[4,2,3,1]").replace("DATA", &format!("{:?}", [1; 24]));
    let request = good(&json);
    assert_eq!((request.images, request.pixels), (4, Pixels::Bytes(vec![1; 24])));
}

#[test]
fn channels_are_where_each_layout_has_them() {
    let facts = ModelFacts { image_shape: [3, 2, 1], ..facts() };
    for (name, datatype, shape) in [("images", "UINT8", "[1,2,1,3]"), ("normalized", "FP32", "[1,3,2,1]")] {
        let json = format!(
            r#"{{"inputs":[{{"name":"{name}","shape":{shape},"datatype":"{datatype}","data":[1,2,3,4,5,6]}}]}}"#
        );
        let request = parse_infer(json.as_bytes(), None, &facts).expect(&json);
        assert_eq!(request.images, 1);
    }
}

#[test]
fn binary_tensors_follow_the_json() {
    let json = r#"{"inputs":[{"name":"images","shape":[2,2,3,1],"datatype":"UINT8","parameters":{"binary_data_size":12}}]}"#;
    let bytes: Vec<u8> = (0..12).map(|i| i * 23).collect();
    let request = parsed_binary(json, &bytes).expect("it is right");
    assert_eq!((request.images, request.pixels), (2, Pixels::Bytes(bytes)));

    let json = r#"{"inputs":[{"name":"normalized","shape":[1,1,2,3],"datatype":"FP32","parameters":{"binary_data_size":24}}]}"#;
    let floats = [0.0, -1.5, 0.1, 1e-45, f32::MAX, -0.0];
    let bytes: Vec<u8> = floats.iter().flat_map(|float: &f32| float.to_le_bytes()).collect();
    let Pixels::Normalized(read) = parsed_binary(json, &bytes).expect("it is right").pixels else { panic!() };
    assert_eq!(read.iter().map(|f| f.to_bits()).collect::<Vec<_>>(), floats.map(f32::to_bits));
}

#[test]
fn a_header_without_binary_data_is_harmless() {
    let json = IMAGE.replace("DATA", "[1,2,3,4,5,6]");
    assert_eq!(parsed_binary(&json, &[]), parsed(&json));
}

#[test]
fn a_body_without_json_is_the_pixels_of_images() {
    let request = parse_infer(&[9; 18], Some(0), &facts()).expect("three images");
    let wanted =
        InferRequest { id: None, pixels: Pixels::Bytes(vec![9; 18]), images: 3, outputs: all(false) };
    assert_eq!(request, wanted);
}

#[test]
fn outputs_are_those_that_are_asked_for() {
    let with = |rest: &str| {
        good(&IMAGE.replace("DATA", "[1,2,3,4,5,6]").replace("{\"inputs", &format!("{{{rest},\"inputs")))
    };
    assert_eq!(with(r#""id":"a\nb""#).id.as_deref(), Some("a\nb"));
    assert_eq!(with(r#""parameters":{"binary_data_output":true}"#).outputs, all(true));
    let outputs = with(
        r#""outputs":[{"name":"class_name","parameters":{"binary_data":false,"other":1}},
            {"name":"probabilities","parameters":{"classification":2}}],"parameters":{"binary_data_output":true}"#,
    )
    .outputs;
    let wanted = [
        WantedOutput { output: Output::ClassName, binary: false, classification: None },
        WantedOutput { output: Output::Probabilities, binary: true, classification: Some(2) },
    ];
    assert_eq!(outputs, wanted);
}

#[test]
fn every_byte_is_read_whatever_stands_behind_it() {
    for value in 0..=255_u8 {
        for data in [
            format!("[{value},{value} ,{value}\n,{value}.0,{value}e0,{value}]"),
            format!("[[[[{value}],[{value} ],[{value}\t]],[[{value}.0],[{value}E0],[{value}]]]]"),
        ] {
            assert_eq!(good(&IMAGE.replace("DATA", &data)).pixels, Pixels::Bytes(vec![value; 6]), "{data}");
        }
    }
    for value in (256..1100).chain([2560, 10_000, 65_536, 65_537]) {
        let json = IMAGE.replace("DATA", &format!("[1,2,3,4,5,{value}]"));
        assert!(parsed(&json).is_err(), "{value}");
    }
}
