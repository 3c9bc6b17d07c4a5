//! Data sets whose files lie in one archive.

use super::*;

/// A zip archive of stored members, as one holds files that are packed already.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let offset = file.len() as u32;
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut fields = vec![10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for word in [crc.sum(), bytes.len() as u32, bytes.len() as u32, name.len() as u32] {
            fields.extend(word.to_le_bytes());
        }
        file.extend([b"PK\x03\x04", &fields[..], name.as_bytes(), bytes].concat());
        directory.extend(
            [b"PK\x01\x02\x0a\x00", &fields[..], &[0; 10], &offset.to_le_bytes()[..], name.as_bytes()]
                .concat(),
        );
    }
    let (offset, len, count) = (file.len() as u32, directory.len() as u32, members.len() as u16);
    let counts = [count.to_le_bytes(), count.to_le_bytes()].concat();
    let end =
        [b"PK\x05\x06\0\0\0\0", &counts[..], &len.to_le_bytes(), &offset.to_le_bytes(), &[0, 0]].concat();
    [file, directory, end].concat()
}

fn tar_gz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// The small subset as members of an archive, with something else among them.
fn members() -> Vec<(String, &'static [u8])> {
    let (definition, files) = small();
    let members =
        definition.files.iter().zip(files).map(|(spec, gz)| (format!("gzip/{}.gz", spec.name), *gz));
    std::iter::once(("gzip/mapping.txt".to_owned(), &b"0 48"[..])).chain(members).collect()
}

/// A server of one archive that any process may continue.
fn archive_server(archive: Vec<u8>) -> (Server, impl Fn(Holding) -> Places) {
    let server = Server::start(move |request: &Request| match request.path.as_str() {
        "/all.archive" => Reply::file(&archive, request.range),
        _ => Reply::status(404, b"no such file"),
    });
    let address = format!("{}all.archive", server.address());
    (server, move |holds| Places { homes: vec![home(address.clone(), holds)], ..Places::default() })
}

#[test]
fn one_archive_gives_all_files() {
    let members = members();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    for (holds, archive) in [(Holding::Zip, zip(&members)), (Holding::TarGz, tar_gz(&members))] {
        let (server, places) = archive_server(archive.clone());
        let cache = TempDir::new().unwrap();
        let folder = cache.path().join("fashion-mnist-small");
        // What an earlier, interrupted fetch left is continued.
        fs::create_dir_all(&folder).unwrap();
        let tag = &files::sha256(format!("{}all.archive", server.address()).as_bytes())[..8];
        fs::write(folder.join(format!("all.archive.{tag}.part")), &archive[..70_000]).unwrap();
        let loaded = load(cache.path(), &places(holds), &mut Vec::new()).unwrap();
        assert!(loaded.is_verified && loaded.train.len() == 512, "{holds:?}");
        assert_eq!(
            names_in(&folder),
            KEPT.map(|name| if name == ".lock" { name.to_owned() } else { format!("{name}.gz") })
        );
        assert_eq!(server.requests().iter().map(|r| r.range).collect::<Vec<_>>(), [Some(70_000)]);
        // It is then in the cache.
        assert!(matches!(
            load(cache.path(), &places(holds), &mut Vec::new()).unwrap().origin,
            Origin::Cache(_)
        ));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn says_what_is_wrong_with_an_archive() {
    let members = members();
    let members: Vec<(&str, &[u8])> = members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let swapped = [members[0], (members[1].0, members[3].1), members[2], members[3], members[4]];
    let cases: &[(Holding, Vec<u8>, &str)] = &[
        (Holding::Zip, b"<html>Sign in".to_vec(), "expected a zip archive, found an HTML or XML page"),
        (Holding::Zip, zip(&members)[..50_000].to_vec(), "damaged or cut off: its directory is missing"),
        (Holding::Zip, zip(&members[..4]), "the archive holds no t10k-labels-idx1-ubyte"),
        (Holding::Zip, zip(&swapped), "it is that data set's t10k-images-idx3-ubyte"),
        (Holding::TarGz, b"<html>Sign in".to_vec(), "the archive cannot be unpacked"),
        (Holding::TarGz, tar_gz(&members)[..50_000].to_vec(), "train-images-idx3-ubyte.gz: "),
        (Holding::TarGz, tar_gz(&members[..2]), "the archive holds no train-labels-idx1-ubyte"),
    ];
    for (holds, archive, expected) in cases {
        let (_server, places) = archive_server(archive.clone());
        let cache = TempDir::new().unwrap();
        let said = load(cache.path(), &places(*holds), &mut Vec::new()).unwrap_err().to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        // No half-fetched archive stays behind.
        let left = names_in(&cache.path().join("fashion-mnist-small"));
        assert!(left.iter().all(|name| !name.ends_with(".part")), "{left:?}");
    }
}
