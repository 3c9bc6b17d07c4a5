// The camera, where the browser gives it to the page. Its pictures stay in the page like all others.

// How often a moving picture is looked at, in milliseconds.
const LOOK_MS = 150;

const CAMERA_PROBLEMS = {
  NotAllowedError: "The camera was refused. Allow it for this page in the browser's settings, or open a picture.",
  NotFoundError: "No camera was found. Open a picture instead.",
  NotReadableError: "The camera is in use by another program.",
};

function buildCamera(video, look, say) {
  let stream = null;
  let timer = 0;

  const stop = () => {
    clearInterval(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
  };

  // Whether it runs now.
  const start = async () => {
    if (!navigator.mediaDevices?.getUserMedia) {
      say("This browser gives no camera to a page in a file. On a phone, Open a picture offers the camera as well.");
      return false;
    }
    try {
      stop();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      stop();
      say(CAMERA_PROBLEMS[error.name] ?? `The camera cannot be used: ${error.message}`);
      return false;
    }
    timer = setInterval(() => { if (video.videoWidth > 0) look(video); }, LOOK_MS);
    return true;
  };

  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop(); });
  return { start, stop, isOn: () => stream !== null };
}
