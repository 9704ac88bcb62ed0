package dev.gatehouse.dashboards;

import java.util.ArrayList;
import java.util.List;

/**
 * One dashboard.
 *
 * @param uid its name in addresses and of its file, without the prefix {@code gatehouse-}
 * @param title what it is called
 * @param description what it is for
 * @param variables what can be chosen besides data source, job and instance
 * @param panels in the order in which they are shown
 */
record Dashboard(
    String uid, String title, String description, List<Variable> variables, List<Panel> panels) {

  /**
   * A label whose values can be chosen, all of them at first.
   *
   * @param label its name
   * @param metric the metric on which its values are found
   */
  record Variable(String label, String metric) {}

  /** The model, on dashboards of what models do. */
  static final Variable MODEL = new Variable("model", "gatehouse_model_instances");

  /** The caller, on dashboards of what callers do. */
  static final Variable CALLER = new Variable("caller", "gatehouse_caller_requests_total");

  Dashboard {
    variables = List.copyOf(variables);
    panels = List.copyOf(panels);
  }

  /** Every dashboard there is. */
  static List<Dashboard> all() {
    return List.of(
        SecurityDashboards.overview().with(WatchPanels.overview()),
        SecurityDashboards.caller().with(WatchPanels.caller()),
        WatchPanels.extraction(),
        SecurityDashboards.authentication(),
        OperationDashboards.serving(),
        OperationDashboards.devices(),
        OperationDashboards.record());
  }

  /** The same with more panels. */
  Dashboard with(List<Panel> more) {
    List<Panel> all = new ArrayList<>(panels);
    all.addAll(more);
    return new Dashboard(uid, title, description, variables, all);
  }

  /** Its file in the project. */
  String file() {
    return "deploy/grafana/dashboards/" + uid + ".json";
  }
}
