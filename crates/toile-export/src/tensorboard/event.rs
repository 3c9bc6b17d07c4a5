//! Events as messages. Numbers of fields are those of TensorBoard's files.

use super::run::{Ending, Hyperparameter};
use crate::wire::Message;

/// What TensorBoard calls the plugin that shows hyperparameters.
const PLUGIN: &str = "hparams";

/// The version of that plugin's data.
const PLUGIN_VERSION: i64 = 0;

/// An `Event`.
#[derive(Debug)]
pub(super) struct Event(Message);

impl Event {
    /// The first of every file: which version of the format follows.
    pub(super) fn version(seconds: f64) -> Event {
        let mut event = Event::at(seconds, 0);
        event.0.text(3, "brain.Event:2");
        event
    }

    /// A number of an epoch.
    pub(super) fn scalar(seconds: f64, epoch: i64, tag: &str, value: f32) -> Event {
        let mut message = tagged(tag);
        message.float(2, value);
        Event::at(seconds, epoch).with(&message)
    }

    /// A picture, from a PNG file of greys or colours; `None` where it is none.
    pub(super) fn image(seconds: f64, epoch: i64, tag: &str, png: &[u8]) -> Option<Event> {
        // The header follows the signature: width, height, bits, colour type.
        let side = |at: usize| Some(i64::from(u32::from_be_bytes(*png.get(at..)?.first_chunk()?)));
        let (width, height) = (side(16)?, side(20)?);
        // Channels, which are the numbers of `Summary.Image`'s colour spaces.
        let channels = match png.get(25)? {
            0 => 1,
            2 => 3,
            6 => 4,
            _ => return None,
        };
        let mut picture = Message::default();
        picture.integer(1, height);
        picture.integer(2, width);
        picture.integer(3, channels);
        picture.bytes(4, png);
        let mut message = tagged(tag);
        message.message(4, &picture);
        Some(Event::at(seconds, epoch).with(&message))
    }

    /// That a run began with these settings (`SessionStartInfo`).
    pub(super) fn hyperparameters(seconds: f64, group: &str, settings: &[(String, Hyperparameter)]) -> Event {
        let mut info = Message::default();
        for (name, setting) in settings {
            // `google.protobuf.Value`.
            let mut value = Message::default();
            match setting {
                Hyperparameter::Number(number) => value.double(2, *number),
                Hyperparameter::Words(words) => value.text(3, words),
            }
            let mut entry = Message::default();
            entry.text(1, name);
            entry.message(2, &value);
            info.message(1, &entry);
        }
        info.text(4, group);
        info.double(5, seconds);
        Event::of_plugin(seconds, "_hparams_/session_start_info", 3, &info)
    }

    /// How the run ended (`SessionEndInfo`).
    pub(super) fn ended(seconds: f64, ending: Ending) -> Event {
        let mut info = Message::default();
        // `STATUS_SUCCESS`, `STATUS_FAILURE`, `STATUS_RUNNING`.
        info.integer(
            1,
            match ending {
                Ending::Finished => 1,
                Ending::Diverged => 2,
                Ending::Unfinished => 3,
            },
        );
        info.double(2, seconds);
        Event::of_plugin(seconds, "_hparams_/session_end_info", 4, &info)
    }

    /// An event of the plugin: its data stand in the metadata, in this field.
    fn of_plugin(seconds: f64, tag: &str, field: u64, info: &Message) -> Event {
        let mut data = Message::default();
        data.integer(1, PLUGIN_VERSION);
        data.message(field, info);
        let mut plugin = Message::default();
        plugin.text(1, PLUGIN);
        plugin.message(2, &data);
        let mut metadata = Message::default();
        metadata.message(1, &plugin);
        let mut message = tagged(tag);
        // A tensor without a value, because every summary has one: `DT_FLOAT`, no dimension.
        let mut tensor = Message::default();
        tensor.integer(1, 1);
        tensor.message(2, &Message::default());
        message.message(8, &tensor);
        message.message(9, &metadata);
        Event::at(seconds, 0).with(&message)
    }

    fn at(seconds: f64, step: i64) -> Event {
        let mut event = Message::default();
        event.double(1, seconds);
        event.integer(2, step);
        Event(event)
    }

    /// With a summary of this one value.
    fn with(mut self, value: &Message) -> Event {
        let mut summary = Message::default();
        summary.message(1, value);
        self.0.message(5, &summary);
        self
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// A value of a summary with its tag.
fn tagged(tag: &str) -> Message {
    let mut value = Message::default();
    value.text(1, tag);
    value
}
