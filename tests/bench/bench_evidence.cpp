#include "base/digest.h"
#include "evidence/store.h"

#include <QTemporaryDir>

#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <thread>

// Committing and comparing 100,000 entities of about 1 KB, the second snapshot differing in 100. Every figure is told in
// seconds and as a ratio to one OpenSSL SHA-256 pass over the same 100 MB in the same run ("xSHA256").
namespace {

using namespace Orgtrace;
using namespace Orgtrace::Evidence;
using Steady = std::chrono::steady_clock;

constexpr int Count = 100'000;
constexpr int Changed = 100;

double secondsSince(Steady::time_point start)
{
    return std::chrono::duration<double>(Steady::now() - start).count();
}

struct Entity {
    QString id;
    QByteArray text, signal;
    std::array<char, 32> sha{};
    std::array<char, 20> blob{};
};

QByteArray hex(quint64 seed, int digits)
{
    QByteArray out;
    for (quint64 state = seed * 0x9e3779b97f4a7c15ULL + 1; out.size() < digits;
         state = state * 6364136223846793005ULL + 1442695040888963407ULL)
        out += QByteArray::number(state >> 16, 16).rightJustified(12, '0');
    return out.left(digits);
}

Entity entity(int number, int version)
{
    const auto n = static_cast<quint64>(number);
    const QByteArray id = hex(n, 8) + '-' + hex(n + 1, 4) + "-4" + hex(n + 2, 3) + "-8" + hex(n + 3, 3) + '-' + hex(n + 4, 12);
    Entity out;
    out.id = QString::fromLatin1(id);
    QByteArray text = "{\n  \"acdAutoAnswer\": false,\n  \"department\": \"Department " + QByteArray::number(number % 97)
        + "\",\n  \"division\": {\n    \"id\": \"" + hex(n % 13, 32) + "\"\n  },\n  \"email\": \"person" + QByteArray::number(number)
        + "@example.com\",\n  \"id\": \"" + id + "\",\n  \"name\": \"Person " + QByteArray::number(number) + " v"
        + QByteArray::number(version) + "\",\n  \"skills\": [\n";
    for (quint64 skill = 0; skill < 6; ++skill)
        text += "    {\n      \"id\": \"" + hex(n % 31 + skill, 32)
            + "\",\n      \"proficiency\": " + QByteArray::number((number + static_cast<int>(skill)) % 5)
            + ",\n      \"state\": \"active\"\n    }" + (skill < 5 ? ",\n" : "\n");
    text += "  ],\n  \"state\": \"active\",\n  \"title\": \"Agent\"\n}\n";
    out.text = text;
    std::ranges::copy(sha256(view(text)), out.sha.begin());
    std::ranges::copy(gitBlobId(view(text)), out.blob.begin());
    out.signal = "{\"dateModified\":\"2026-10-01T00:00:00Z\",\"id\":\"" + id + "\",\"version\":" + QByteArray::number(version) + '}';
    return out;
}

/// The store with both snapshots, made once: what was measured while making it is told by the benchmarks below.
struct World {
    QTemporaryDir directory;
    QString folder = directory.filePath(QStringLiteral("store"));
    QList<Entity> entities;
    qint64 bytes = 0;
    double sha256Pass = 0, firstCommit = 0, secondCommit = 0;
    QString first, second;
    int version = 1;

    World()
    {
        const auto signer = Signer::fromSeed(std::string(32, 'b'));
        if (!Store::init(folder, {QStringLiteral("bench"), signer->publicKeyLine(), {}, {}}))
            qFatal("the bench's store cannot be made");
        entities.reserve(Count);
        for (int i = 0; i < Count; ++i)
            entities += entity(i, 1);
        for (const Entity &one : std::as_const(entities))
            bytes += one.text.size();
        first = write(*signer, 0, firstCommit);
        second = change(secondCommit);
        sha256Pass = 1e9;
        for (int i = 0; i < 3; ++i) {
            const auto start = Steady::now();
            Digest digest(DigestKind::Sha256);
            for (const Entity &one : std::as_const(entities))
                digest.add(view(one.text));
            benchmark::DoNotOptimize(digest.result());
            sha256Pass = std::min(sha256Pass, secondsSince(start));
        }
    }

    /// The next snapshot: the same hundred entities in another version.
    QString change(double &seconds)
    {
        ++version;
        for (int i = 0; i < Changed; ++i)
            entities[i * (Count / Changed)] = entity(i * (Count / Changed), version);
        return write(*Signer::fromSeed(std::string(32, 'b')), version, seconds);
    }

    QString write(const Signer &signer, int day, double &seconds) const
    {
        std::vector<Entity> given(entities.begin(), entities.end()); // a capture gives its texts away
        const auto start = Steady::now();
        auto writer = SnapshotWriter::begin(folder, QStringLiteral("organisation"));
        bool good = writer && writer->beginDomain(QStringLiteral("users"), true);
        for (Entity &one : given)
            good = good && writer->addEntity(one.id, std::move(one.text), one.blob, one.sha, std::move(one.signal));
        LedgerRow row;
        row.domain = QStringLiteral("users");
        good = good && writer->endDomain(row);
        Manifest manifest;
        manifest.source = QStringLiteral("capture");
        manifest.startedUtc = manifest.finishedUtc = QDateTime(QDate(2026, 10, 1), QTime(0, 0), QTimeZone::UTC).addDays(day);
        const auto written = good ? writer->commit(manifest, "[]\n", QStringLiteral("bench"), signer)
                                  : Result<SnapshotSummary>(Error::make(ErrorCode::Internal, QString()));
        if (!written)
            qFatal("the bench's snapshot cannot be written: %s", qPrintable(written.error().detail));
        seconds = secondsSince(start);
        return written->id;
    }
};

World &world()
{
    static World one;
    return one;
}

void report(benchmark::State &state, double seconds)
{
    state.counters["xSHA256"] = seconds / world().sha256Pass;
}

/// Beyond hashing, which the normaliser does: 4 s are allowed.
void firstCommit(benchmark::State &state)
{
    world();
    for (auto _ : state)
        state.SetIterationTime(world().firstCommit);
    report(state, world().firstCommit);
}

/// What a commit must hash itself, whatever else it does, one thing after another: the folder of each id (SHA-256, on two threads) and the ids of the
/// folders' trees (SHA-1). Signals and the domain's root are hashed beside that, in other threads, and are not counted.
double ownHashing()
{
    const QList<Entity> &entities = world().entities;
    QList<QByteArray> ids;
    for (const Entity &one : entities)
        ids.append(one.id.toUtf8());
    const QByteArray trees(72LL * Count, 'x'); // mode, name and 20 bytes of id for each
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const auto start = Steady::now();
        const auto half = [&ids](qsizetype from, qsizetype to) {
            for (qsizetype i = from; i < to; ++i)
                benchmark::DoNotOptimize(sha256(view(ids[i])));
        };
        std::thread other(half, 0, ids.size() / 2);
        half(ids.size() / 2, ids.size());
        other.join();
        Digest digest(DigestKind::Sha1);
        digest.add(view(trees));
        benchmark::DoNotOptimize(digest.result());
        best = std::min(best, secondsSince(start));
    }
    return best;
}

/// 0.15 s beyond hashing are allowed.
void secondCommit(benchmark::State &state)
{
    double total = 0;
    for (auto _ : state) {
        double seconds = 0;
        world().change(seconds);
        state.SetIterationTime(seconds);
        total += seconds;
    }
    const double mean = total / static_cast<double>(state.iterations());
    report(state, mean);
    state.counters["msBeyondHashing"] = (mean - ownHashing()) * 1000;
}

/// 20 ms are allowed, opening both snapshots included.
void difference(benchmark::State &state)
{
    const World &w = world();
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        const auto store = Store::open(w.folder);
        const auto a = store->snapshot(w.first), b = store->snapshot(w.second);
        const auto deltas = store->difference(*a, *b);
        if (!deltas || deltas->size() != Changed)
            state.SkipWithError("the difference is not what was changed");
        total += secondsSince(start);
    }
    report(state, total / static_cast<double>(state.iterations()));
}

void verification(benchmark::State &state)
{
    const World &w = world();
    double total = 0;
    for (auto _ : state) {
        const auto start = Steady::now();
        const auto verified = Store::open(w.folder)->verify();
        if (!verified || !verified->problems.isEmpty())
            state.SkipWithError("the store does not prove");
        total += secondsSince(start);
    }
    report(state, total / static_cast<double>(state.iterations()));
}

BENCHMARK(firstCommit)->Name("evidence/first commit of 100,000 entities")->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);
BENCHMARK(secondCommit)
    ->Name("evidence/second commit, 100 of 100,000 differ")
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime()
    ->Iterations(10);
BENCHMARK(difference)->Name("evidence/difference of the two by git trees")->Unit(benchmark::kMillisecond);
BENCHMARK(verification)->Name("evidence/verify both")->Unit(benchmark::kMillisecond)->Iterations(1);

} // namespace
