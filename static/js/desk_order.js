// The order form of the desk: a scan anywhere on the page is an article for it.
document.addEventListener("scan", (event) => {
  const field = document.getElementById("id_code");
  if (!field) return;
  event.preventDefault();
  field.value = event.detail.code;
  field.form.requestSubmit(document.getElementById("add-article"));
});
