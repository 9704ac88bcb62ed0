package dev.gatehouse.boot;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.ConfigValidationException.Problem;
import io.smallrye.config.ConfigValidator;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;
import java.util.List;

/** Has the configuration checked as it is read, before anything starts. */
public final class ConfigRulesCustomizer implements SmallRyeConfigBuilderCustomizer {

  @Override
  public void configBuilder(SmallRyeConfigBuilder builder) {
    ConfigValidator before = builder.getValidator();
    builder.withValidator(
        new ConfigValidator() {
          @Override
          public void validateMapping(Class<?> type, String prefix, Object mapping) {
            before.validateMapping(type, prefix, mapping);
            if (mapping instanceof GatehouseConfig config) {
              check(config);
            }
          }
        });
  }

  private static void check(GatehouseConfig config) {
    List<String> problems = ConfigRules.problems(config);
    if (!problems.isEmpty()) {
      throw new ConfigValidationException(
          problems.stream().map(Problem::new).toArray(Problem[]::new));
    }
  }
}
