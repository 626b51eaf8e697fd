package jdk.nashorn.api.scripting;

/** A class of Java 14 and older that Maxwell names even where it runs no scripts. */
public class ScriptObjectMirror {
  public Object call(Object self, Object... arguments) {
    throw new UnsupportedOperationException("no scripts here");
  }
}
