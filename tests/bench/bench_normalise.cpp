#include "base/digest.h"
#include "catalogue/normaliser.h"
#include "json/canonical.h"
#include "json/value.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

// Normalising 10,000 users as the platform sends them: pretty-printed pages of 500, 5.5 KB each. Work and reference, one OpenSSL SHA-256 pass
// over the same bytes, take turns, so that both meet the same machine; "xSHA256" is their ratio.
namespace {

using namespace Orgtrace;
using Steady = std::chrono::steady_clock;

constexpr int users = 10'000;
constexpr int pageSize = 500;

class Text
{
public:
    explicit Text(unsigned seed) : m_random(seed) {}
    unsigned below(unsigned bound) { return static_cast<unsigned>(m_random() % bound); }
    QByteArray id()
    {
        QByteArray out;
        for (int i = 0; i < 36; ++i)
            out += i == 8 || i == 13 || i == 18 || i == 23 ? '-' : "0123456789abcdef"[below(16)];
        return out;
    }
    QByteArray word(std::initializer_list<const char *> words) { return words.begin()[below(static_cast<unsigned>(words.size()))]; }

private:
    std::mt19937 m_random;
};

QByteArray named(Text &text, const char *kind, QByteArrayView name)
{
    const QByteArray id = text.id();
    return "{\"id\":\"" + id + "\",\"name\":\"" + name.toByteArray() + "\",\"selfUri\":\"/api/v2/" + kind + '/' + id + "\"}";
}

QByteArray user(Text &text, int number)
{
    const QByteArray id = text.id();
    const QByteArray first = text.word({"Anna", "Ben", "Chlo\xC3\xA9", "Dario", "Eszter", "Farid", "Greta", "H\xC3\xA5kon"});
    const QByteArray last = text.word({"Meier", "Okafor", "Nowak", "Silva", "Tanaka", "O'Brien", "Lindqvist", "\xC5\xBDupan"});
    const QByteArray mail = "person" + QByteArray::number(number) + "@example.com";
    QByteArray out = "{\"id\":\"" + id + "\",\"name\":\"" + first + ' ' + last + "\",\"division\":" + named(text, "authorization/divisions", "Customer Care")
        + ",\"chat\":{\"jabberId\":\"" + text.id() + "@example.orgspan.com\"},\"department\":\"Department " + QByteArray::number(number % 97) + "\",\"email\":\"" + mail
        + "\",\"primaryContactInfo\":[{\"address\":\"" + mail + "\",\"mediaType\":\"EMAIL\",\"type\":\"PRIMARY\"},{\"address\":\"+4930" + QByteArray::number(1'000'000 + number)
        + "\",\"display\":\"+49 30 " + QByteArray::number(1'000'000 + number) + "\",\"mediaType\":\"PHONE\",\"type\":\"PRIMARY\",\"countryCode\":\"DE\"}]"
        + ",\"addresses\":[{\"display\":\"" + QByteArray::number(number) + "\",\"mediaType\":\"PHONE\",\"type\":\"WORK\",\"extension\":\"0" + QByteArray::number(number) + "\"}]"
        + ",\"state\":\"active\",\"title\":\"Agent, \\\"" + text.word({"voice", "chat", "back office"}) + "\\\"\",\"username\":\"" + mail + '"';
    if (text.below(4) != 0)
        out += ",\"manager\":{\"id\":\"" + text.id() + "\",\"selfUri\":\"/api/v2/users/x\"}";
    out += ",\"images\":[";
    for (const char *size : {"x48", "x96"})
        out += QByteArray(size[1] == '4' ? "" : ",") + "{\"resolution\":\"" + size + "\",\"imageUri\":\"https://prod-inin-directory-service-profile.s3.example/" + text.id() + "/" + size + ".jpg\"}";
    out += "],\"version\":" + QByteArray::number(1 + text.below(200)) + ",\"certifications\":[\"Data protection\",\"Card payments\"],\"biography\":{\"biography\":\"Works in customer care since 2019.\\nSpeaks "
           "three languages.\",\"interests\":[\"Walking\",\"Chess\"]},\"employerInfo\":{\"officialName\":\"" + first + ' ' + last + "\",\"employeeId\":\"00" + QByteArray::number(number)
        + "\",\"employeeType\":\"Full-time\",\"dateHire\":\"2019-05-01\"},\"routingStatus\":{\"userId\":\"" + id + "\",\"status\":\"OFF_QUEUE\",\"startTime\":\"2026-10-01T08:00:00.000Z\"},\"presence\":{\"source\":\"PURECLOUD\","
           "\"primary\":true,\"presenceDefinition\":" + named(text, "presencedefinitions", "Available") + ",\"message\":\"\",\"modifiedDate\":\"2026-10-01T08:00:00.123Z\"}"
        + ",\"acdAutoAnswer\":false,\"profileSkills\":[\"Refunds\",\"English\"],\"languagePreference\":\"en-US\",\"skills\":[";
    for (unsigned n = 0, count = 3 + text.below(3); n < count; ++n) {
        const QByteArray skill = text.id();
        out += QByteArray(n ? "," : "") + "{\"id\":\"" + skill + "\",\"name\":\"Skill " + QByteArray::number(n) + "\",\"proficiency\":" + QByteArray::number(1 + text.below(5))
            + ".0,\"state\":\"active\",\"skillUri\":\"/api/v2/routing/skills/" + skill + "\",\"selfUri\":\"/api/v2/users/" + id + "/routingskills/" + skill + "\"}";
    }
    out += "],\"languages\":[{\"id\":\"" + text.id() + "\",\"name\":\"English\",\"proficiency\":5.0,\"state\":\"active\",\"languageUri\":\"/api/v2/routing/languages/x\"}],\"groups\":[";
    for (unsigned n = 0; n < 2; ++n)
        out += QByteArray(n ? "," : "") + named(text, "groups", "Group");
    out += "],\"locations\":[{\"id\":\"" + text.id() + "\",\"notes\":\"Desk 12\",\"locationDefinition\":" + named(text, "locations", "Berlin") + "}],\"lastTokenIssued\":{\"dateIssued\":\"2026-10-01T07:59:00Z\"}"
        + ",\"selfUri\":\"/api/v2/users/" + id + "\"}";
    return out;
}

/// JSON with the platform's own indentation, member order as it came.
QByteArray pretty(const QByteArray &compact)
{
    QByteArray out;
    qsizetype level = 0;
    bool inString = false;
    const auto line = [&] { out += '\n' + QByteArray(level * 2, ' '); };
    for (qsizetype i = 0; i < compact.size(); ++i) {
        const char c = compact[i];
        if (inString) {
            out += c;
            if (c == '\\')
                out += compact[++i];
            inString = c != '"' || compact[i] != '"';
            continue;
        }
        if (c == '}' || c == ']') {
            --level;
            line();
        }
        out += c;
        if (c == '{' || c == '[') {
            ++level;
            line();
        } else if (c == ',') {
            line();
        } else if (c == ':') {
            out += ' ';
        }
        inString = c == '"';
    }
    return out;
}

struct Pages {
    std::vector<QByteArray> texts;
    qsizetype bytes = 0;

    Pages()
    {
        Text text(20261001);
        for (int page = 0; page < users / pageSize; ++page) {
            QByteArray body = "{\"entities\":[";
            for (int i = 0; i < pageSize; ++i)
                body += (i ? "," : "") + user(text, page * pageSize + i);
            texts.push_back(pretty(body + "],\"pageSize\":500,\"pageNumber\":" + QByteArray::number(page + 1) + ",\"total\":10000,\"pageCount\":20}"));
            bytes += texts.back().size();
        }
    }
};

const Pages &pages()
{
    static const Pages made;
    return made;
}

double secondsSince(Steady::time_point start)
{
    return std::chrono::duration<double>(Steady::now() - start).count();
}

double sha256Pass()
{
    const auto start = Steady::now();
    Digest digest(DigestKind::Sha256);
    for (const QByteArray &page : pages().texts)
        digest.add(view(page));
    benchmark::DoNotOptimize(digest.result());
    return secondsSince(start);
}

/// Measures `work` over all pages in turns with the reference.
template<typename Work>
void measure(benchmark::State &state, Work work)
{
    (void)pages();
    std::vector<double> ratios;
    for (auto _ : state) {
        const double reference = sha256Pass();
        const auto start = Steady::now();
        work();
        const double seconds = secondsSince(start);
        state.SetIterationTime(seconds);
        ratios.push_back(seconds / reference);
    }
    std::ranges::sort(ratios); // the median: a neighbour's load in one turn says nothing about ours
    state.SetBytesProcessed(state.iterations() * pages().bytes);
    state.counters["xSHA256"] = ratios[ratios.size() / 2];
    state.counters["MB"] = static_cast<double>(pages().bytes) / 1e6;
}

const Json::Limits pageLimits{.maxDepth = 1 << 30, .refuseDuplicateKeys = false}; // checked entity by entity

Json::Document parsed(const QByteArray &page)
{
    auto document = Json::parse(view(page), pageLimits);
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
    if (out.size() != pageSize)
        qFatal("a page of the bench is short");
}

void normalise(benchmark::State &state)
{
    const auto threads = static_cast<int>(state.range(0));
    const auto &redaction = redactor(state.range(1) != 0);
    measure(state, [&] {
        std::atomic<size_t> next = 0;
        const auto worker = [&] {
            Catalogue::Normaliser normaliser(userRules(), redaction);
            std::vector<Catalogue::NormalisedEntity> entities;
            entities.reserve(pageSize);
            for (size_t page = next++; page < pages().texts.size(); page = next++)
                normalisePage(pages().texts[page], normaliser, entities);
        };
        std::vector<std::jthread> others;
        for (int i = 1; i < threads; ++i)
            others.emplace_back(worker);
        worker();
    });
}

void parseOnly(benchmark::State &state)
{
    measure(state, [] {
        for (const QByteArray &page : pages().texts)
            benchmark::DoNotOptimize(parsed(page).root().raw());
    });
}

void hashesOnly(benchmark::State &state)
{
    std::vector<QByteArray> texts;
    Catalogue::Normaliser normaliser(userRules(), redactor(false));
    for (const QByteArray &page : pages().texts) {
        const Json::Document document = parsed(page);
        for (const Json::Value entity : document.root()["entities"].items())
            texts.push_back(normaliser.normalise(entity)->text);
    }
    double bytes = 0;
    for (const QByteArray &text : texts)
        bytes += static_cast<double>(text.size());
    measure(state, [&] {
        for (const QByteArray &text : texts) {
            benchmark::DoNotOptimize(sha256(view(text)));
            benchmark::DoNotOptimize(gitBlobId(view(text)));
        }
    });
    state.counters["canonicalMB"] = bytes / 1e6;
}

void canonicalOnly(benchmark::State &state)
{
    measure(state, [] {
        for (const QByteArray &page : pages().texts)
            benchmark::DoNotOptimize(Json::canonicalText(parsed(page).root()));
    });
}

} // namespace

BENCHMARK(normalise)->Name("normalise/10,000 users, one core")->Args({1, 0})->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(normalise)->Name("normalise/10,000 users, one core, content redaction on")->Args({1, 1})->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(normalise)->Name("normalise/10,000 users, two cores")->Args({2, 0})->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(normalise)->Name("normalise/10,000 users, two cores, content redaction on")->Args({2, 1})->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(parseOnly)->Name("normalise/of which parsing")->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(hashesOnly)->Name("normalise/of which SHA-256 and git's SHA-1 of the canonical texts")->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(canonicalOnly)->Name("json/parse and canonical text of whole pages")->Unit(benchmark::kMillisecond)->UseManualTime();
