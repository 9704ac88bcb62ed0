package dev.gatehouse.demo.attacks;

import dev.gatehouse.stubs.admin.v1.OutputPolicy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same natural rows asked under each output policy, and copies made of the answers. */
final class PolicyScene {

  private static final int NETWORK = 100;
  private static final int CALL_ROWS = 10;

  private PolicyScene() {}

  /** Asks, trains and measures. */
  static List<PolicyCost> run(Stage stage, Rows rows, HeldOut heldOut) {
    Map<String, OutputPolicy> policies = new LinkedHashMap<>();
    policies.put("everything", detail(OutputPolicy.Detail.DETAIL_ALL).build());
    policies.put(
        "rounded to one decimal",
        detail(OutputPolicy.Detail.DETAIL_ROUNDED).setDecimals(1).build());
    policies.put("the top 3", detail(OutputPolicy.Detail.DETAIL_TOP_K).setTopK(3).build());
    policies.put("the label", detail(OutputPolicy.Detail.DETAIL_LABEL_ONLY).build());
    List<PolicyCost> costs = new ArrayList<>();
    policies.forEach((name, policy) -> costs.add(one(stage, rows, heldOut, name, policy)));
    return costs;
  }

  private static OutputPolicy.Builder detail(OutputPolicy.Detail detail) {
    return OutputPolicy.newBuilder().setDetail(detail).setScores(OutputPolicy.Scores.SCORES_LOGITS);
  }

  private static PolicyCost one(
      Stage stage, Rows rows, HeldOut heldOut, String name, OutputPolicy policy) {
    Account account = stage.account(name.replace(' ', '-'), "shop", policy);
    List<float[]> beliefs = new ArrayList<>();
    try (Line line = account.from("127.0." + NETWORK + ".1")) {
      for (int from = 0; from < rows.thief().size(); from += CALL_ROWS) {
        int to = Math.min(from + CALL_ROWS, rows.thief().size());
        line.digits(rows.thief().subList(from, to))
            .forEach(scores -> beliefs.add(Surrogate.belief(scores)));
      }
    }
    List<Double> agreements = new ArrayList<>();
    for (int size : PolicyCost.ROWS) {
      agreements.add(heldOut.agreement(rows.thief().subList(0, size), beliefs.subList(0, size)));
    }
    return new PolicyCost(name, agreements);
  }
}
