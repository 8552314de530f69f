#include "benchpages.h"

#include "json/value.h"

#include <yyjson.h>

#include <cstring>
#include <simdjson.h>

// The parsers behind docs/adr/0002-json-library.md, on the same pages. Each gets a copy in a padded buffer that is reused, as core/json has to make
// one too; what each leaves undone is said there.
namespace {

using namespace Orgtrace;

std::vector<char> &padded(const QByteArray &page)
{
    static std::vector<char> buffer;
    buffer.resize(static_cast<size_t>(page.size()) + simdjson::SIMDJSON_PADDING);
    std::memcpy(buffer.data(), page.constData(), static_cast<size_t>(page.size()));
    std::memset(buffer.data() + page.size(), 0, simdjson::SIMDJSON_PADDING);
    return buffer;
}

void orgtrace(benchmark::State &state)
{
    measureAgainstSha256(state, [] {
        for (const QByteArray &page : benchPages().texts) {
            const auto document = Json::parse({page.constData(), static_cast<size_t>(page.size())});
            if (!document)
                qFatal("no JSON");
            benchmark::DoNotOptimize(document->root().raw());
        }
    });
}

void yyjson(benchmark::State &state)
{
    measureAgainstSha256(state, [] {
        for (const QByteArray &page : benchPages().texts) {
            yyjson_doc *doc = yyjson_read_opts(padded(page).data(), static_cast<size_t>(page.size()),
                                               YYJSON_READ_INSITU | YYJSON_READ_NUMBER_AS_RAW, nullptr, nullptr);
            if (!doc)
                qFatal("no JSON");
            benchmark::DoNotOptimize(yyjson_doc_get_root(doc));
            yyjson_doc_free(doc);
        }
    });
}

void simdjsonDom(benchmark::State &state)
{
    simdjson::dom::parser parser;
    measureAgainstSha256(state, [&parser] {
        for (const QByteArray &page : benchPages().texts) {
            simdjson::dom::element root;
            if (parser.parse(padded(page).data(), static_cast<size_t>(page.size()), false).get(root) != simdjson::SUCCESS)
                qFatal("no JSON");
            benchmark::DoNotOptimize(root);
        }
    });
}

/// Touches every value as a normaliser must: strings unescaped, numbers as their text.
size_t walk(simdjson::ondemand::value value)
{
    size_t seen = 1;
    switch (value.type()) {
    case simdjson::ondemand::json_type::object:
        for (auto field : value.get_object()) {
            seen += std::string_view(field.unescaped_key()).size();
            seen += walk(field.value());
        }
        return seen;
    case simdjson::ondemand::json_type::array:
        for (auto item : value.get_array())
            seen += walk(item.value());
        return seen;
    case simdjson::ondemand::json_type::string: return seen + std::string_view(value.get_string()).size();
    default: return seen + value.raw_json_token().size();
    }
}

void simdjsonOnDemand(benchmark::State &state)
{
    simdjson::ondemand::parser parser;
    measureAgainstSha256(state, [&parser] {
        for (const QByteArray &page : benchPages().texts) {
            auto &text = padded(page);
            auto document = parser.iterate(text.data(), static_cast<size_t>(page.size()), text.size());
            simdjson::ondemand::value root;
            if (document.get_value().get(root) != simdjson::SUCCESS)
                qFatal("no JSON");
            benchmark::DoNotOptimize(walk(root));
        }
    });
}

} // namespace

BENCHMARK(orgtrace)
    ->Name("parsers/core/json: copy, validation, exact numbers, depth, duplicate names")
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK(yyjson)->Name("parsers/yyjson: validation, exact numbers")->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(simdjsonDom)->Name("parsers/simdjson DOM: validation, numbers as doubles")->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(simdjsonOnDemand)
    ->Name("parsers/simdjson on-demand, all values: exact numbers, no full validation")
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
