#include "benchpages.h"

#include "base/digest.h"
#include "catalogue/normaliser.h"
#include "json/canonical.h"
#include "json/value.h"

#include <atomic>
#include <thread>

// What a capture does with the pages it read: parse, check, normalise, canonical text, SHA-256 and git's SHA-1 of every entity.
namespace {

using namespace Orgtrace;

Json::Document parsed(const QByteArray &page)
{
    auto document = Json::parse(view(page));
    if (!document)
        qFatal("a page of the bench is no JSON: %s", qPrintable(document.error().detail));
    return std::move(*document);
}

const Redaction::Redactor &redactor(bool withContentRules)
{
    static const auto full = Redaction::Redactor::builtIn(Redaction::Fingerprinter(QByteArray(32, 'k')));
    static const auto none = Redaction::Redactor::load("", Redaction::Fingerprinter(QByteArray(32, 'k')));
    return withContentRules ? *full : *none;
}

const Catalogue::DomainRules &userRules()
{
    static const auto catalogue = Catalogue::Catalogue::builtIn();
    return *catalogue->find(QStringLiteral("users"));
}

/// One page as a capture does it: every entity normalised and hashed, kept until the page is done.
void normalisePage(const QByteArray &page, Catalogue::Normaliser &normaliser, std::vector<Catalogue::NormalisedEntity> &out)
{
    out.clear();
    const Json::Document document = parsed(page);
    for (const Json::Value entity : document.root()["entities"].items()) {
        auto done = normaliser.normalise(entity);
        if (!done)
            qFatal("a user of the bench is quarantined: %s", qPrintable(done.error().detail));
        out.push_back(std::move(*done));
    }
    if (out.size() != benchPageSize)
        qFatal("a page of the bench is short");
}

void normalise(benchmark::State &state)
{
    const auto threads = static_cast<int>(state.range(0));
    const auto &redaction = redactor(state.range(1) != 0);
    measureAgainstSha256(state, [&] {
        std::atomic<size_t> next = 0;
        const auto worker = [&] {
            Catalogue::Normaliser normaliser(userRules(), redaction);
            std::vector<Catalogue::NormalisedEntity> entities;
            entities.reserve(benchPageSize);
            for (size_t page = next++; page < benchPages().texts.size(); page = next++)
                normalisePage(benchPages().texts[page], normaliser, entities);
        };
        std::vector<std::jthread> others;
        for (int i = 1; i < threads; ++i)
            others.emplace_back(worker);
        worker();
    });
}

void parseOnly(benchmark::State &state)
{
    measureAgainstSha256(state, [] {
        for (const QByteArray &page : benchPages().texts)
            benchmark::DoNotOptimize(parsed(page).root().raw());
    });
}

void hashesOnly(benchmark::State &state)
{
    std::vector<QByteArray> texts;
    Catalogue::Normaliser normaliser(userRules(), redactor(false));
    for (const QByteArray &page : benchPages().texts) {
        const Json::Document document = parsed(page);
        for (const Json::Value entity : document.root()["entities"].items())
            texts.push_back(normaliser.normalise(entity)->text);
    }
    double bytes = 0;
    for (const QByteArray &text : texts)
        bytes += static_cast<double>(text.size());
    measureAgainstSha256(state, [&] {
        for (const QByteArray &text : texts) {
            benchmark::DoNotOptimize(sha256(view(text)));
            benchmark::DoNotOptimize(gitBlobId(view(text)));
        }
    });
    state.counters["canonicalMB"] = bytes / 1e6;
}

void canonicalOnly(benchmark::State &state)
{
    measureAgainstSha256(state, [] {
        for (const QByteArray &page : benchPages().texts)
            benchmark::DoNotOptimize(Json::canonicalText(parsed(page).root()));
    });
}

} // namespace

BENCHMARK(normalise)->Name("normalise/10,000 users, one core")->Args({1, 0})->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(normalise)
    ->Name("normalise/10,000 users, one core, content redaction on")
    ->Args({1, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK(normalise)->Name("normalise/10,000 users, two cores")->Args({2, 0})->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(normalise)
    ->Name("normalise/10,000 users, two cores, content redaction on")
    ->Args({2, 1})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK(parseOnly)->Name("normalise/of which parsing")->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(hashesOnly)
    ->Name("normalise/of which SHA-256 and git's SHA-1 of the canonical texts")
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK(canonicalOnly)->Name("json/parse and canonical text of whole pages")->Unit(benchmark::kMillisecond)->UseManualTime();
