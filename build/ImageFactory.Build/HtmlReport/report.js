'use strict';
(function () {
  var filter = document.getElementById('package-filter');
  var count = document.getElementById('package-count');
  if (filter) {
    var rows = Array.from(document.querySelectorAll('#package-table tbody tr'));
    var apply = function () {
      var words = filter.value.toLowerCase().split(/\s+/);
      var shown = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.includes(word); });
        if (!row.hidden) { shown += 1; }
      });
      count.textContent = shown + ' of ' + rows.length + ' packages';
    };
    filter.addEventListener('input', apply);
    apply();
  }
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details').forEach(function (part) { part.open = true; });
  });
}());
