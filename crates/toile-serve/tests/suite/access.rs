//! Who may ask.

use super::place::{IMAGE, Place, data, options, tensor};

#[test]
fn with_a_token_whoever_lacks_it_learns_nothing() {
    let mut options = options();
    options.token = Some("a-word-of-some-length".into());
    let place = Place::new(options);
    for (headers, status) in [
        ("", 401),
        ("authorization: Bearer a-word-of-some-lengtH\r\n", 401),
        ("authorization: Bearer a-word-of-some-lengt\r\n", 401),
        ("authorization: Bearer a-word-of-some-length-\r\n", 401),
        ("authorization: Bearer \r\n", 401),
        ("authorization: Basic a-word-of-some-length\r\n", 401),
        ("authorization: Bearer a-word-of-some-length\r\n", 200),
        ("authorization: bearer  a-word-of-some-length\r\n", 200),
    ] {
        for path in ["/v2", "/", "/metrics", "/openapi.json", "/v2/models/model"] {
            let said = place.ask("GET", path, headers, b"");
            assert_eq!(said.status, status, "{path} with {headers:?}");
            assert_eq!(said.header("www-authenticate").is_some(), status == 401);
        }
        let said =
            place.ask("POST", "/v2/models/model/infer", headers, tensor(&data().pixels[..IMAGE]).as_bytes());
        assert_eq!(said.status, status, "{headers:?}: {}", said.text());
    }
    assert_eq!(place.get("/v2/health/live").status, 200, "orchestrators have no token");
    assert!(place.get("/v2").error().contains("Authorization: Bearer"));
}

#[test]
fn pages_of_other_origins_may_ask_where_they_are_named() {
    const ASK: &str = "origin: https://example.org\r\naccess-control-request-method: POST\r\n";
    let place = Place::new(options());
    let said = place.ask("OPTIONS", "/predict", ASK, b"");
    assert_eq!((said.status, said.header("access-control-allow-origin")), (405, None), "off unless named");
    assert_eq!(place.ask("GET", "/v2", ASK, b"").header("access-control-allow-origin"), None);

    let mut options = options();
    options.origins = vec!["https://example.org".into()];
    options.token = Some("a-word-of-some-length".into());
    let place = Place::new(options);
    let said = place.ask("OPTIONS", "/predict", ASK, b"");
    assert_eq!(said.status, 204, "a browser's question bears no token");
    assert_eq!(said.header("access-control-allow-origin"), Some("https://example.org"));
    assert!(
        said.header("access-control-allow-headers").is_some_and(|headers| headers.contains("authorization"))
    );
    let said = place.ask("GET", "/v2", ASK, b"");
    assert_eq!((said.status, said.header("access-control-allow-origin")), (401, Some("https://example.org")));
    let other = ASK.replace("example.org", "example.com");
    assert_eq!(place.ask("OPTIONS", "/predict", &other, b"").header("access-control-allow-origin"), None);
}
