package dev.gatehouse.rules;

import java.util.function.UnaryOperator;

/**
 * A series that Prometheus records.
 *
 * @param group the group that evaluates it; within one, in the order of the catalogue
 * @param every how often, as Prometheus writes durations
 * @param name its metric name
 * @param expression PromQL
 */
record Recording(String group, String every, String name, String expression) {

  static Recording of(Fields fields, UnaryOperator<String> filled) {
    String every = fields.text("every");
    Recording recording =
        new Recording(
            "gatehouse-rates-" + every,
            every,
            fields.text("record"),
            filled.apply(fields.text("expr")));
    fields.end();
    return recording;
  }
}
