package dev.gatehouse.boot;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a key of the configuration means; the reference in the documentation is made from it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Setting {

  /** What it does, in one sentence. */
  String value();

  /** Its unit or form, such as {@code rows} or {@code path}. */
  String unit();

  /** What holds when it is not set, where that is not a constant. */
  String unset() default "";
}
