package dev.gatehouse.dashboards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** Dashboards as Grafana reads them from files: its classic schema, version 39. */
final class DashboardJson {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectWriter WRITER = JSON.writer(printer());
  private static final int SCHEMA = 39;
  private static final int WIDTH = 24;
  private static final int NUMBER_HEIGHT = 4;
  private static final int PICTURE_HEIGHT = 8;
  private static final int PICTURE_WIDTH = 12;

  /** Where the documents are published; the variable of that name can say otherwise. */
  private static final String DOCUMENTS = "https://gatehouse.example";

  private DashboardJson() {}

  private static DefaultPrettyPrinter printer() {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(new DefaultIndenter("  ", "\n"));
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    return printer;
  }

  /** The text of the file. */
  static String of(Dashboard dashboard) {
    ObjectNode root = JSON.createObjectNode();
    root.put("uid", "gatehouse-" + dashboard.uid());
    root.put("title", dashboard.title());
    root.put("description", dashboard.description());
    root.putArray("tags").add("gatehouse");
    root.put("editable", false);
    root.put("schemaVersion", SCHEMA);
    root.put("graphTooltip", 1);
    root.put("refresh", "30s");
    root.putObject("time").put("from", "now-1h").put("to", "now");
    root.putObject("annotations").putArray("list").add(alerts(dashboard));
    root.putArray("links").add(others());
    variables(root.putObject("templating").putArray("list"), dashboard.variables());
    panels(root.putArray("panels"), dashboard);
    try {
      return WRITER.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode datasource() {
    return JSON.createObjectNode().put("type", "prometheus").put("uid", "${datasource}");
  }

  /**
   * Alerts that fire, of what was chosen. Where a caller is chosen, only those that name it; else
   * those too that name nothing of the kind.
   */
  private static ObjectNode alerts(Dashboard dashboard) {
    StringBuilder chosen = new StringBuilder("alertstate=\"firing\",alertname=~\"Gatehouse.*\"");
    chosen.append(",job=~\"$job|\",instance=~\"$instance|\"");
    for (Dashboard.Variable variable : dashboard.variables()) {
      String label = variable.label();
      String absent = variable.equals(Dashboard.CALLER) ? "" : "|";
      chosen.append(",").append(label).append("=~\"$").append(label).append(absent).append('"');
    }
    ObjectNode alerts = JSON.createObjectNode();
    alerts.put("name", "Alerts").put("enable", true).put("iconColor", "red");
    alerts.set("datasource", datasource());
    alerts.put("expr", "ALERTS{" + chosen + "}").put("step", "15s");
    alerts.put("titleFormat", "{{alertname}}").put("textFormat", "{{severity}} {{caller}}");
    return alerts.put("tagKeys", "severity,caller");
  }

  private static ObjectNode others() {
    ObjectNode others = JSON.createObjectNode();
    others.put("type", "dashboards").put("title", "Gatehouse").put("asDropdown", true);
    others.putArray("tags").add("gatehouse");
    return others.put("keepTime", true).put("includeVars", false);
  }

  private static void variables(ArrayNode list, List<Dashboard.Variable> more) {
    list.addObject()
        .put("type", "datasource")
        .put("name", "datasource")
        .put("label", "Data source")
        .put("query", "prometheus");
    list.add(variable("job", "label_values(gatehouse_inbound_bytes, job)"));
    list.add(
        variable("instance", "label_values(gatehouse_inbound_bytes{job=~\"$job\"}, instance)"));
    for (Dashboard.Variable variable : more) {
      String series = Promql.scoped(variable.metric());
      list.add(
          variable(variable.label(), "label_values(" + series + ", " + variable.label() + ")"));
    }
    list.addObject()
        .put("type", "textbox")
        .put("name", "documents")
        .put("label", "Documents")
        .put("query", DOCUMENTS)
        .putObject("current")
        .put("text", DOCUMENTS)
        .put("value", DOCUMENTS);
  }

  private static ObjectNode variable(String label, String query) {
    ObjectNode variable = JSON.createObjectNode();
    variable.put("type", "query").put("name", label);
    variable.put("label", label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1));
    variable.set("datasource", datasource());
    variable.put("query", query).put("definition", query).put("refresh", 2).put("sort", 1);
    variable.put("multi", true).put("includeAll", true).put("allValue", ".+");
    variable.putObject("current").put("text", "All").put("value", "$__all");
    return variable;
  }

  /** Numbers share one row, pictures come two in a row. */
  private static void panels(ArrayNode list, Dashboard dashboard) {
    List<Panel> panels = dashboard.panels();
    int numbers = (int) panels.stream().filter(Panel::small).count();
    int x = 0;
    int y = 0;
    for (Panel panel : panels) {
      int width = panel.small() ? WIDTH / numbers : PICTURE_WIDTH;
      int height = panel.small() ? NUMBER_HEIGHT : PICTURE_HEIGHT;
      ObjectNode node = panel(dashboard, panel, list.size() + 1);
      node.putObject("gridPos").put("h", height).put("w", width).put("x", x).put("y", y);
      list.add(node);
      x += width;
      if (x + width > WIDTH) {
        x = 0;
        y += height;
      }
    }
  }

  private static ObjectNode panel(Dashboard dashboard, Panel panel, int id) {
    ObjectNode node = JSON.createObjectNode();
    node.put("id", id).put("type", panel.small() ? "stat" : "timeseries");
    node.put("title", panel.title()).put("description", panel.description());
    node.set("datasource", datasource());
    ArrayNode links = node.putArray("links");
    if (!panel.document().isEmpty()) {
      link(links, panel.document(), panel.document());
    }
    for (Runbooks.Link runbook : Runbooks.of(dashboard, panel)) {
      link(links, "Runbook: " + runbook.title(), runbook.path());
    }
    ObjectNode fields = node.putObject("fieldConfig");
    fields.putArray("overrides");
    drawn(panel, fields.putObject("defaults").put("unit", panel.unit()), node);
    ArrayNode targets = node.putArray("targets");
    for (Panel.Query query : panel.queries()) {
      ObjectNode target = targets.addObject();
      target.put("refId", String.valueOf((char) ('A' + targets.size() - 1)));
      target.set("datasource", datasource());
      target.put("expr", Promql.scoped(query.expression()));
      target.put("legendFormat", query.legend()).put("range", true);
    }
    return node;
  }

  private static void link(ArrayNode links, String title, String path) {
    links
        .addObject()
        .put("title", title)
        .put("url", "${documents}/" + path)
        .put("targetBlank", true);
  }

  private static void drawn(Panel panel, ObjectNode defaults, ObjectNode node) {
    ObjectNode options = node.putObject("options");
    if (panel.small()) {
      options.putObject("reduceOptions").putArray("calcs").add("lastNotNull");
      options.put("graphMode", "area").put("colorMode", "value");
    } else {
      options.putObject("legend").put("displayMode", "list").put("placement", "bottom");
      options.putObject("tooltip").put("mode", "multi").put("sort", "desc");
      defaults.put("min", 0);
    }
    switch (panel.drawn()) {
      case LINES -> defaults.putObject("custom").put("fillOpacity", 5);
      case STACK ->
          defaults
              .putObject("custom")
              .put("fillOpacity", 30)
              .putObject("stacking")
              .put("mode", "normal");
      case NUMBER -> defaults.put("noValue", "0");
      case GOOD_AT_ONE -> thresholds(defaults, "red", 1, "green");
      case GOOD_AT_ZERO -> thresholds(defaults.put("noValue", "0"), "green", 1e-9, "red");
    }
  }

  private static void thresholds(ObjectNode defaults, String below, double from, String above) {
    ArrayNode steps = defaults.putObject("thresholds").put("mode", "absolute").putArray("steps");
    steps.addObject().put("color", below).putNull("value");
    steps.addObject().put("color", above).put("value", from);
  }
}
