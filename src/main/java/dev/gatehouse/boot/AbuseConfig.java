package dev.gatehouse.boot;

import dev.gatehouse.abuse.rules.RuleBook;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithKeys;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The settings of the watch over callers: a part of {@link GatehouseConfig}. */
public interface AbuseConfig {

  /** On. */
  @Setting(
      value = "Whether callers are watched. Off, nothing of what they do is looked at or kept.",
      unit = "true or false")
  @WithDefault("true")
  boolean enabled();

  /** Callers. */
  @Setting(
      value =
          "Most callers whose traffic is watched, 27 KiB each; beyond them the one that called"
              + " longest ago is forgotten.",
      unit = "callers, 16 to 65536")
  @WithDefault("4096")
  int callersMax();

  /** Pairs. */
  @Setting(
      value =
          "Most pairs of caller and model whose rows are watched, 162 KiB each; beyond them the one"
              + " that was looked at longest ago is forgotten.",
      unit = "pairs, 1 to 65536")
  @WithDefault("256")
  int pairsMax();

  /** Rows. */
  @Setting(
      value =
          "Most rows a second that are looked at, of all callers; each pair of caller and model has"
              + " its part.",
      unit = "rows, 100 to 100000")
  @WithDefault("2000")
  int rowsPerSecondMax();

  /** Ceiling. */
  @Setting(
      value =
          "Rows a second, over ten seconds, from which on a caller is found to flood of which"
              + " nothing is known yet, where fewer than five others have a day of history to"
              + " compare it with; half as many again where they are kept up for a part of a"
              + " second.",
      unit = "rows, 20 to 10000000")
  @WithDefault("1000")
  int ceilingRowsPerSecond();

  /** Hours. */
  @Setting(
      value =
          "Hours in which callers say they work: caller, days, from and to, time zone. What they do"
              + " outside of them is off hours.",
      unit = "list of such as `orders-service MON-FRI 08:00-18:00 Europe/Berlin`",
      unset = "nothing is off hours")
  Optional<List<String>> hours();

  /** References. */
  @Setting(
      value =
          "Folder with natural rows of models, `<model>.csv`: a header, a column a feature, at"
              + " least 100 rows; a column `label` is left out.",
      unit = "path",
      unset = "no row is novel or near another, and `extraction` goes by low margins")
  Optional<Path> references();

  /** Factors. */
  @Setting(
      value =
          "By how much the thresholds of a rule that the gateway judges by itself are multiplied,"
              + " such as `gatehouse.abuse.rule-factors.row-rate-surge=2`: below 1 it finds more,"
              + " above 1 less. A factor that lifts a share to 1, such as 4 for `denied-ratio`,"
              + " means that the rule finds nothing.",
      unit = "number from 0.1 to 100 for each rule")
  @WithKeys(JudgedRules.class)
  @WithDefault("1")
  Map<String, Double> ruleFactors();

  /** Rules that are off. */
  @Setting(
      value =
          "Rules that the gateway does not judge by: it neither finds anything by them, nor"
              + " confirms what Prometheus finds by them.",
      unit = "list of ids such as `off-hours`, of rules that the gateway judges by itself",
      unset = "it judges by all")
  Optional<List<String>> rulesOff();

  /** Throttled callers. */
  @Setting(
      value =
          "How many rows a second a caller that is throttled or degraded may send to each replica;"
              + " those of 10 seconds at once. A call of any kind counts one row at least, whatever"
              + " becomes of it.",
      unit = "rows, 1 to 1000000")
  @WithDefault("10")
  int throttleRowsPerSecond();

  /** What is done about what it finds. */
  AbuseResponseConfig response();

  /**
   * The rules that have a factor. With these keys known, each can be set in the environment too,
   * and any other stops the start.
   */
  final class JudgedRules implements Supplier<Iterable<String>> {
    @Override
    public Iterable<String> get() {
      return RuleBook.judgedIds();
    }
  }
}
