// Pictures that come in a file: opened, dropped or pasted.

function listenForFiles(open, say) {
  const input = document.getElementById("file");
  input.addEventListener("change", () => {
    if (input.files.length > 0) open(input.files[0]);
    // The same file may be chosen again.
    input.value = "";
  });

  const first = (transfer) => {
    const files = [...(transfer?.files ?? [])];
    return files.find((file) => file.type.startsWith("image/")) ?? files[0];
  };
  const page = document.documentElement;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    page.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) page.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    page.classList.remove("dropping");
    const file = first(event.dataTransfer);
    if (file) open(file);
    else say("Drop a file: this page fetches nothing from other pages.");
  });
  document.addEventListener("paste", (event) => {
    const file = first(event.clipboardData);
    if (file) open(file);
    else say("There is no picture in the clipboard.");
  });
}
