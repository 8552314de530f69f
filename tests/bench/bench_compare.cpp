#include "base/digest.h"
#include "benchpages.h"
#include "catalogue/catalogue.h"
#include "compare/compare.h"
#include "compare/formats.h"
#include "compare/sidebyside.h"
#include "evidence/store.h"
#include "operations/findings.h"
#include "policy/policy.h"

#include <QFile>
#include <QTemporaryDir>

#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>

// Comparing two stored snapshots of 100,000 entities of about 1 KB of which 100 differ, to the last leaf; judging them; and the rows of a
// side-by-side view of large texts. Every figure is told with its ratio to one OpenSSL SHA-256 pass over the same bytes ("xSHA256").
namespace {

using namespace Orgtrace;
using Steady = std::chrono::steady_clock;

constexpr int Count = 100'000;
constexpr int Changed = 100;

double secondsSince(Steady::time_point start)
{
    return std::chrono::duration<double>(Steady::now() - start).count();
}

/// What all threads of this process had of the processors: what neighbours on the machine take does not count.
double processorSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

struct Seconds {
    double wall = 1e9, processor = 1e9;
};

/// The best of three passes.
Seconds shaPass(const QList<QByteArray> &pieces)
{
    Seconds best;
    for (int i = 0; i < 3; ++i) {
        const auto start = Steady::now();
        const double processor = processorSeconds();
        Digest digest(DigestKind::Sha256);
        for (const QByteArray &piece : pieces)
            digest.add(view(piece));
        benchmark::DoNotOptimize(digest.result());
        best.wall = std::min(best.wall, secondsSince(start));
        best.processor = std::min(best.processor, processorSeconds() - processor);
    }
    return best;
}

double shaSeconds(const QList<QByteArray> &pieces)
{
    return shaPass(pieces).wall;
}

QByteArray queueText(int number, int version)
{
    const QByteArray n = QByteArray::number(number);
    QByteArray text = "{\n  \"acwSettings\": {\n    \"timeoutMs\": " + QByteArray::number(1000 + version)
        + ",\n    \"wrapupPrompt\": \"MANDATORY_TIMEOUT\"\n  },\n  \"description\": \"Queue number " + n
        + " of the bench\",\n  \"id\": \"queue-" + n + "\",\n  \"memberGroups\": [\n";
    for (int group = 0; group < 12; ++group)
        text += "    {\n      \"id\": \"group-" + QByteArray::number((number * 7 + group * 3) % 997)
            + "\",\n      \"type\": \"GROUP\"\n    }" + (group < 11 ? ",\n" : "\n");
    return text + "  ],\n  \"name\": \"Queue " + n + "\",\n  \"skillEvaluationMethod\": \"ALL\"\n}\n";
}

struct TwoSnapshots {
    QTemporaryDir directory;
    QString folder = directory.filePath(QStringLiteral("store"));
    QString first, second;
    double sha256Pass = 0;

    TwoSnapshots()
    {
        const auto signer = Evidence::Signer::fromSeed(std::string(32, 'b'));
        if (!Evidence::Store::init(folder, {QStringLiteral("bench"), signer->publicKeyLine(), {}, {}}))
            qFatal("the bench's store cannot be made");
        QList<QByteArray> texts;
        for (int i = 0; i < Count; ++i)
            texts.append(queueText(i, 1));
        first = write(*signer, texts, 0);
        for (int i = 0; i < Changed; ++i)
            texts[i * (Count / Changed)] = queueText(i * (Count / Changed), 2);
        second = write(*signer, texts, 1);
        sha256Pass = shaSeconds(texts);
    }

    QString write(const Evidence::Signer &signer, const QList<QByteArray> &texts, int day) const
    {
        const auto catalogue = Catalogue::Catalogue::builtIn();
        const QString domain = QStringLiteral("queues");
        auto writer = Evidence::SnapshotWriter::begin(folder, QStringLiteral("organisation"));
        bool good = writer && catalogue && writer->beginDomain(domain, true);
        for (int i = 0; good && i < texts.size(); ++i)
            good = writer->addEntity(QStringLiteral("queue-%1").arg(i), texts[i], gitBlobId(view(texts[i])), sha256(view(texts[i])), {})
                       .has_value();
        Evidence::LedgerRow row;
        row.domain = domain;
        good = good && writer->endDomain(row);
        Evidence::Manifest manifest;
        manifest.source = QStringLiteral("capture");
        manifest.startedUtc = manifest.finishedUtc = QDateTime(QDate(2026, 10, 1), QTime(0, 0), QTimeZone::UTC).addDays(day);
        const auto written = good ? writer->commit(manifest, catalogue->restrictedTo({domain}).toJson(), QStringLiteral("bench"), signer)
                                  : Result<Evidence::SnapshotSummary>(Error::make(ErrorCode::Internal, QString()));
        if (!written)
            qFatal("the bench's snapshot cannot be written: %s", qPrintable(written.error().detail));
        return written->id;
    }
};

TwoSnapshots &snapshots()
{
    static TwoSnapshots two;
    return two;
}

/// 150 ms are allowed, opening the store and both snapshots included.
void compareStored(benchmark::State &state)
{
    const TwoSnapshots &two = snapshots();
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        const auto store = Evidence::Store::open(two.folder);
        const auto a = store->snapshot(two.first), b = store->snapshot(two.second);
        const auto difference = Compare::compareSnapshots(*store, *a, *b);
        if (!difference || difference->changes.size() != Changed || difference->changes.first().fields.size() != 1)
            state.SkipWithError("the comparison does not say what was changed");
        total += secondsSince(start);
    }
    state.counters["xSHA256"] = total / double(state.iterations()) / two.sha256Pass;
}

/// What the severity of those changes costs: reading names and roles of both sides.
void judgeStored(benchmark::State &state)
{
    const TwoSnapshots &two = snapshots();
    const auto store = Evidence::Store::open(two.folder);
    const auto a = store->snapshot(two.first), b = store->snapshot(two.second);
    const auto difference = Compare::compareSnapshots(*store, *a, *b);
    const auto policy = Policy::Policy::builtIn();
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        const auto context = policy->context(*a, *b);
        if (!context || policy->judgeAll(*difference, *context).first().verdict.severity != Policy::Severity::High)
            state.SkipWithError("the judgement is not the one expected");
        total += secondsSince(start);
    }
    state.counters["xSHA256"] = total / double(state.iterations()) / two.sha256Pass;
}

/// The list of changes a window or a command line shows, from the store's folder alone: 100 ms are allowed.
void changeList(benchmark::State &state)
{
    const TwoSnapshots &two = snapshots();
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        const auto range = Operations::findings(two.folder, two.first, two.second, {}, {}, {}, Operations::Names::Mentioned);
        if (!range || range->findings.size() != Changed || range->names.size() < Changed)
            state.SkipWithError("the list does not say what was changed");
        total += secondsSince(start);
    }
    state.counters["xSHA256"] = total / double(state.iterations()) / two.sha256Pass;
}

QByteArray lines(int count, const std::function<QByteArray(int)> &line)
{
    QByteArray out;
    for (int i = 0; i < count; ++i)
        out += line(i) + '\n';
    return out;
}

QByteArray member(int i)
{
    return "  \"member" + QByteArray::number(i) + "\": " + QByteArray::number(i * 7);
}

void rowsOf(benchmark::State &state, const QByteArray &before, const QByteArray &after)
{
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        benchmark::DoNotOptimize(Compare::sideBySide(before, after));
        total += secondsSince(start);
    }
    state.counters["xSHA256"] = total / double(state.iterations()) / shaSeconds({before, after});
}

/// About 200 ms are allowed.
void rowsFewChanged(benchmark::State &state)
{
    rowsOf(state, lines(100'000, member), lines(100'000, [](int i) { return i % 1000 ? member(i) : QByteArray("  changed"); }));
}
void rowsNothingInCommon(benchmark::State &state)
{
    rowsOf(state, lines(100'000, member), lines(100'000, [](int i) { return QByteArray("  other " + QByteArray::number(i)); }));
}
void rowsAllChanged(benchmark::State &state)
{
    rowsOf(state, lines(100'000, member), lines(100'000, [](int i) { return QByteArray(member(i) + '1'); }));
}

/// One array of 10,000 objects, each changed, no identity to go by.
void leavesOfALargeArray(benchmark::State &state)
{
    const auto array = [](int version) {
        QByteArray text = "[";
        for (int i = 0; i < 10'000; ++i)
            text += (i ? ",{\"n\":" : "{\"n\":") + QByteArray::number(i) + ",\"v\":" + QByteArray::number(version) + '}';
        return QByteArray(text + ']');
    };
    const QByteArray before = array(1), after = array(2);
    const auto a = Json::parse(view(before)), b = Json::parse(view(after));
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        benchmark::DoNotOptimize(Compare::compareValues(a->root(), b->root(), {}));
        total += secondsSince(start);
    }
    state.counters["xSHA256"] = total / double(state.iterations()) / shaSeconds({before, after});
}

/// The bench's users, and the same with every text but the ids changed: compared to the last leaf, parsing not counted.
struct ChangedUsers {
    std::vector<Json::Document> before, after;
    QList<QByteArray> texts;

    explicit ChangedUsers(const std::vector<QByteArray> &pages)
    {
        for (const QByteArray &page : pages) {
            QByteArray changed;
            for (const QByteArray &line : page.split('\n')) {
                const bool isText = line.contains("\": \"") && !line.contains("\"id\": ");
                const qsizetype end = line.lastIndexOf('"');
                changed += isText ? QByteArray(line.first(end) + '!' + line.sliced(end)) : line;
                changed += '\n';
            }
            texts << page << changed;
            auto a = Json::parse(view(page)), b = Json::parse(view(changed));
            if (!a || !b)
                qFatal("the bench's users cannot be read");
            before.push_back(std::move(*a));
            after.push_back(std::move(*b));
        }
    }
};

/// The best turn counts. 150 MB/s are asked for; told besides as they would be if one processor did it all.
void everythingChanged(benchmark::State &state, const ChangedUsers &users)
{
    constexpr double wanted = 150;
    double megabytes = 0;
    for (const QByteArray &text : users.texts)
        megabytes += double(text.size()) / 1e6;
    const Catalogue::DomainRules rules = Compare::fileRules();
    Compare::Options options;
    options.parallel = true;
    Seconds best, reference;
    qint64 fields = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        const double processor = processorSeconds();
        std::vector<QList<Compare::FieldChange>> found;
        for (size_t i = 0; i < users.before.size(); ++i)
            found.push_back(Compare::compareValues(users.before[i].root(), users.after[i].root(), rules, options));
        best.wall = std::min(best.wall, secondsSince(start));
        best.processor = std::min(best.processor, processorSeconds() - processor);
        fields = 0;
        for (const auto &some : found)
            fields += some.size();
        state.PauseTiming();
        const Seconds sha = shaPass(users.texts); // in turn, so that both meet the same machine
        reference = {std::min(reference.wall, sha.wall), std::min(reference.processor, sha.processor)};
        state.ResumeTiming();
    }
    state.counters["xSHA256"] = best.wall / reference.wall;
    state.counters["xSHA256 of processor time"] = best.processor / reference.processor;
    state.counters["MB/s"] = megabytes / best.wall;
    state.counters["MB/s of one processor"] = megabytes / best.processor;
    state.counters["MB/s wanted"] = wanted;
    state.counters["fields"] = double(fields);
}

void pagesChanged(benchmark::State &state)
{
    static const ChangedUsers users(benchPages().texts);
    everythingChanged(state, users);
}

/// As many users as two lists of 55 MB.
void listsChanged(benchmark::State &state)
{
    const auto list = [] {
        const QTemporaryDir directory;
        QFile file(directory.filePath(QStringLiteral("users.json")));
        (void)writeUserList(file.fileName(), benchUsers, 0, false);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    static const ChangedUsers users({list()});
    everythingChanged(state, users);
}

BENCHMARK(pagesChanged)->Name("compare/10,000 users, every text changed")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(listsChanged)->Name("compare/the same as two whole lists")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(compareStored)->Name("compare/two snapshots of 100,000, 100 differ, to the leaf")->Unit(benchmark::kMillisecond);
BENCHMARK(changeList)->Name("operations/list of changes of them, with the names they mention")->Unit(benchmark::kMillisecond);
BENCHMARK(judgeStored)->Name("policy/context and judgement of them")->Unit(benchmark::kMillisecond);
BENCHMARK(rowsFewChanged)->Name("compare/rows of 100,000 lines, 100 changed")->Unit(benchmark::kMillisecond);
BENCHMARK(rowsNothingInCommon)->Name("compare/rows of 100,000 lines, nothing in common")->Unit(benchmark::kMillisecond);
BENCHMARK(rowsAllChanged)->Name("compare/rows of 100,000 lines, each changed")->Unit(benchmark::kMillisecond);
BENCHMARK(leavesOfALargeArray)->Name("compare/array of 10,000 objects, each changed")->Unit(benchmark::kMillisecond);

} // namespace
