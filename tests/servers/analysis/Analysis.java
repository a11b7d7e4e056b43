// SPDX-License-Identifier: MIT
package parts;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.pattern.PatternCaptureGroupTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * The tokenizer and the three token filters that the index of users and API keys is mapped with
 * and that the reduced distribution leaves out.
 */
public class Analysis extends Plugin implements AnalysisPlugin {
    private record Filter(String name, UnaryOperator<TokenStream> chain)
            implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return chain.apply(in);
        }
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("uax_url_email", (index, environment, name, settings) ->
                TokenizerFactory.newFactory(name, UAX29URLEmailTokenizer::new));
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
                "lowercase", (index, environment, name, settings) ->
                        new Filter(name, LowerCaseFilter::new),
                "unique", (index, environment, name, settings) ->
                        new Filter(name, RemoveDuplicatesTokenFilter::new),
                "pattern_capture", AnalysisPlugin.requiresAnalysisSettings(
                        (index, environment, name, settings) -> {
                            Pattern[] patterns = settings.getAsList("patterns").stream()
                                    .map(Pattern::compile).toArray(Pattern[]::new);
                            return new Filter(name, in ->
                                    new PatternCaptureGroupTokenFilter(in, true, patterns));
                        }));
    }
}
