//! What a file is by its name.

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture that can be decoded, if its content is one.
    Picture,
    /// A picture in a form that is not decoded: its name.
    ForeignPicture(&'static str),
    /// A table of text.
    Table,
    /// A NumPy archive.
    Npz,
    /// A NumPy array.
    Npy,
    /// An IDX file, as MNIST's are.
    Idx,
    /// A binary batch of CIFAR.
    Cifar,
    /// Files packed into one.
    Archive,
    /// A study file.
    Study,
    /// A file of data that nothing here reads: its name.
    ForeignData(&'static str),
    /// None of these.
    Other,
}

const EXTENSIONS: &[(&str, FileKind)] = &[
    ("png", FileKind::Picture),
    ("jpg", FileKind::Picture),
    ("jpeg", FileKind::Picture),
    ("jpe", FileKind::Picture),
    ("jfif", FileKind::Picture),
    ("webp", FileKind::Picture),
    ("bmp", FileKind::Picture),
    ("dib", FileKind::Picture),
    ("gif", FileKind::Picture),
    ("tif", FileKind::Picture),
    ("tiff", FileKind::Picture),
    ("apng", FileKind::Picture),
    ("heic", FileKind::ForeignPicture("HEIC")),
    ("heif", FileKind::ForeignPicture("HEIF")),
    ("avif", FileKind::ForeignPicture("AVIF")),
    ("jxl", FileKind::ForeignPicture("JPEG XL")),
    ("jp2", FileKind::ForeignPicture("JPEG 2000")),
    ("svg", FileKind::ForeignPicture("SVG")),
    ("psd", FileKind::ForeignPicture("Photoshop's")),
    ("xcf", FileKind::ForeignPicture("GIMP's")),
    ("ico", FileKind::ForeignPicture("ICO")),
    ("tga", FileKind::ForeignPicture("TGA")),
    ("pbm", FileKind::ForeignPicture("PBM")),
    ("pgm", FileKind::ForeignPicture("PGM")),
    ("ppm", FileKind::ForeignPicture("PPM")),
    ("pnm", FileKind::ForeignPicture("PNM")),
    ("dcm", FileKind::ForeignPicture("DICOM")),
    ("dng", FileKind::ForeignPicture("raw")),
    ("cr2", FileKind::ForeignPicture("raw")),
    ("nef", FileKind::ForeignPicture("raw")),
    ("arw", FileKind::ForeignPicture("raw")),
    ("csv", FileKind::Table),
    ("tsv", FileKind::Table),
    ("npz", FileKind::Npz),
    ("npy", FileKind::Npy),
    ("idx", FileKind::Idx),
    ("zip", FileKind::Archive),
    ("tar", FileKind::Archive),
    ("tgz", FileKind::Archive),
    ("xz", FileKind::Archive),
    ("bz2", FileKind::Archive),
    ("zst", FileKind::Archive),
    ("7z", FileKind::Archive),
    ("rar", FileKind::Archive),
    ("gz", FileKind::Archive),
    ("toml", FileKind::Study),
    ("parquet", FileKind::ForeignData("Parquet")),
    ("arrow", FileKind::ForeignData("Arrow")),
    ("h5", FileKind::ForeignData("HDF5")),
    ("hdf5", FileKind::ForeignData("HDF5")),
    ("mat", FileKind::ForeignData("MATLAB")),
    ("pkl", FileKind::ForeignData("pickle")),
    ("pickle", FileKind::ForeignData("pickle")),
    ("pt", FileKind::ForeignData("PyTorch")),
    ("tfrecord", FileKind::ForeignData("TFRecord")),
    ("lmdb", FileKind::ForeignData("LMDB")),
];

impl FileKind {
    /// What a file of this name is; letters of any case.
    pub fn of(name: &str) -> FileKind {
        if let Some((stem, extension)) = name.rsplit_once('.') {
            let known = EXTENSIONS.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
            match known {
                // MNIST's files are published so.
                Some((_, FileKind::Archive)) if FileKind::of(stem) == FileKind::Idx => return FileKind::Idx,
                Some(&(_, kind)) => return kind,
                None => {}
            }
        }
        let lower = name.to_lowercase();
        let is_batch = lower.starts_with("data_batch") || lower.starts_with("test_batch");
        if lower.contains("-ubyte") || lower.contains("-idx") || lower.contains(".idx") {
            FileKind::Idx
        } else if lower.ends_with(".bin") && (is_batch || lower == "train.bin" || lower == "test.bin") {
            FileKind::Cifar
        } else {
            FileKind::Other
        }
    }

    /// Why a file of this kind is no picture, as the end of a sentence; None for a picture.
    pub(super) fn reason(self, name: &str) -> Option<String> {
        Some(match self {
            FileKind::Picture => return None,
            FileKind::ForeignPicture(form) => {
                format!("{form} pictures are not read: convert it to PNG or JPEG")
            }
            FileKind::Archive => "it is an archive: unpack it".to_owned(),
            _ => match name.rsplit_once('.') {
                Some((_, extension)) if !extension.is_empty() => {
                    format!("\".{extension}\" is no extension of a picture")
                }
                _ => "it has no extension: give it one, as .png or .jpg, if it is a picture".to_owned(),
            },
        })
    }
}

/// Whether a file or folder of this name is passed over in silence: hidden, or an operating system's own.
pub fn is_hidden(name: &str) -> bool {
    const SYSTEM: [&str; 8] = [
        "Thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "__MACOSX",
        "Icon\r",
        "@eaDir",
        "$RECYCLE.BIN",
        "System Volume Information",
    ];
    name.starts_with('.') || SYSTEM.iter().any(|system| name.eq_ignore_ascii_case(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_kind() {
        let cases = [
            ("a.png", FileKind::Picture),
            ("b.JPeG", FileKind::Picture),
            ("a.b.tif", FileKind::Picture),
            ("IMG_1.HEIC", FileKind::ForeignPicture("HEIC")),
            ("labels.TSV", FileKind::Table),
            ("x.npz", FileKind::Npz),
            ("train-images-idx3-ubyte", FileKind::Idx),
            ("t10k-labels.idx1-ubyte.gz", FileKind::Idx),
            ("data.tar.gz", FileKind::Archive),
            ("data_batch_1.bin", FileKind::Cifar),
            ("test.bin", FileKind::Cifar),
            ("firmware.bin", FileKind::Other),
            ("README", FileKind::Other),
            ("png", FileKind::Other),
        ];
        for (name, kind) in cases {
            assert_eq!(FileKind::of(name), kind, "{name}");
        }
        for (name, hidden) in [(".DS_Store", true), ("._a.png", true), ("thumbs.DB", true), ("a.png", false)]
        {
            assert_eq!(is_hidden(name), hidden, "{name}");
        }
    }
}
