#include "benchpages.h"

#include "base/digest.h"

#include <QFile>
#include <QString>

#include <algorithm>
#include <chrono>
#include <random>

namespace {

using namespace Orgtrace;
using Steady = std::chrono::steady_clock;

class Text
{
public:
    explicit Text(unsigned seed) : m_random(seed) { }
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

QByteArray user(Text &text, int number, bool changed = false, bool backwards = false)
{
    const QByteArray id = text.id();
    const QByteArray first = text.word({"Anna", "Ben", "Chlo\xC3\xA9", "Dario", "Eszter", "Farid", "Greta", "H\xC3\xA5kon"});
    const QByteArray last = text.word({"Meier", "Okafor", "Nowak", "Silva", "Tanaka", "O'Brien", "Lindqvist", "\xC5\xBDupan"});
    const QByteArray mail = "person" + QByteArray::number(number) + "@example.com";
    QByteArray out = "{\"id\":\"" + id + "\",\"name\":\"" + first + ' ' + last
        + "\",\"division\":" + named(text, "authorization/divisions", "Customer Care") + ",\"chat\":{\"jabberId\":\"" + text.id()
        + "@example.orgspan.com\"},\"department\":\"Department " + QByteArray::number(number % 97) + (changed ? " (moved)" : "")
        + "\",\"email\":\"" + mail + "\",\"primaryContactInfo\":[{\"address\":\"" + mail
        + "\",\"mediaType\":\"EMAIL\",\"type\":\"PRIMARY\"},{\"address\":\"+4930" + QByteArray::number(1'000'000 + number)
        + "\",\"display\":\"+49 30 " + QByteArray::number(1'000'000 + number)
        + "\",\"mediaType\":\"PHONE\",\"type\":\"PRIMARY\",\"countryCode\":\"DE\"}]" + ",\"addresses\":[{\"display\":\""
        + QByteArray::number(number) + "\",\"mediaType\":\"PHONE\",\"type\":\"WORK\",\"extension\":\"0" + QByteArray::number(number)
        + "\"}]" + ",\"state\":\"active\",\"title\":\"Agent, \\\"" + text.word({"voice", "chat", "back office"}) + "\\\"\",\"username\":\""
        + mail + '"';
    if (text.below(4) != 0)
        out += ",\"manager\":{\"id\":\"" + text.id() + "\",\"selfUri\":\"/api/v2/users/x\"}";
    out += ",\"images\":[";
    for (const char *size : {"x48", "x96"})
        out += QByteArray(size[1] == '4' ? "" : ",") + "{\"resolution\":\"" + size
            + "\",\"imageUri\":\"https://prod-inin-directory-service-profile.s3.example/" + text.id() + "/" + size + ".jpg\"}";
    out += "],\"version\":" + QByteArray::number(1 + text.below(200))
        + ",\"certifications\":[\"Data protection\",\"Card payments\"],\"biography\":{\"biography\":\"Works in customer care since "
          "2019.\\nSpeaks "
          "three languages.\",\"interests\":[\"Walking\",\"Chess\"]},\"employerInfo\":{\"officialName\":\""
        + first + ' ' + last + "\",\"employeeId\":\"00" + QByteArray::number(number)
        + "\",\"employeeType\":\"Full-time\",\"dateHire\":\"2019-05-01\"},\"routingStatus\":{\"userId\":\"" + id
        + "\",\"status\":\"OFF_QUEUE\",\"startTime\":\"2026-10-01T08:00:00.000Z\"},\"presence\":{\"source\":\"PURECLOUD\","
          "\"primary\":true,\"presenceDefinition\":"
        + named(text, "presencedefinitions", "Available") + ",\"message\":\"\",\"modifiedDate\":\"2026-10-01T08:00:00.123Z\"}"
        + ",\"acdAutoAnswer\":false,\"profileSkills\":" + (backwards ? "[\"English\",\"Refunds\"]" : "[\"Refunds\",\"English\"]")
        + ",\"languagePreference\":\"en-US\",\"skills\":[";
    QList<QByteArray> skills;
    for (unsigned n = 0, count = 3 + text.below(3); n < count; ++n) {
        const QByteArray skill = text.id();
        skills.append("{\"id\":\"" + skill + "\",\"name\":\"Skill " + QByteArray::number(n) + "\",\"proficiency\":"
                      + QByteArray::number(1 + text.below(5)) + ".0,\"state\":\"active\",\"skillUri\":\"/api/v2/routing/skills/" + skill
                      + "\",\"selfUri\":\"/api/v2/users/" + id + "/routingskills/" + skill + "\"}");
    }
    out += skills.join(',');
    out += "],\"languages\":[{\"id\":\"" + text.id()
        + "\",\"name\":\"English\",\"proficiency\":5.0,\"state\":\"active\",\"languageUri\":\"/api/v2/routing/languages/x\"}],\"groups\":[";
    for (unsigned n = 0; n < 2; ++n)
        out += QByteArray(n ? "," : "") + named(text, "groups", "Group");
    out += "],\"locations\":[{\"id\":\"" + text.id()
        + "\",\"notes\":\"Desk 12\",\"locationDefinition\":" + named(text, "locations", "Berlin")
        + "}],\"lastTokenIssued\":{\"dateIssued\":\"2026-10-01T07:59:00Z\"}" + ",\"selfUri\":\"/api/v2/users/" + id + "\"}";
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

BenchPages made()
{
    BenchPages out;
    Text text(20261001);
    for (int page = 0; page < benchUsers / benchPageSize; ++page) {
        QByteArray body = "{\"entities\":[";
        for (int i = 0; i < benchPageSize; ++i)
            body += (i ? "," : "") + user(text, page * benchPageSize + i);
        out.texts.push_back(
            pretty(body + "],\"pageSize\":500,\"pageNumber\":" + QByteArray::number(page + 1) + ",\"total\":10000,\"pageCount\":20}"));
        out.bytes += out.texts.back().size();
    }
    return out;
}

double secondsSince(Steady::time_point start)
{
    return std::chrono::duration<double>(Steady::now() - start).count();
}

double sha256Pass()
{
    const auto start = Steady::now();
    Digest digest(DigestKind::Sha256);
    for (const QByteArray &page : benchPages().texts)
        digest.add(view(page));
    benchmark::DoNotOptimize(digest.result());
    return secondsSince(start);
}

} // namespace

qint64 writeUserList(const QString &path, int users, int changes, bool backwards)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("the bench's file cannot be written");
    Text text(20261001);
    file.write("[");
    for (int number = 0; number < users; ++number) {
        const bool changed = changes > 0 && number % (users / changes) == users / changes / 2;
        file.write(QByteArray((number ? ",\n  " : "\n  ") + pretty(user(text, number, changed, backwards)).replace('\n', "\n  ")));
    }
    file.write("\n]\n");
    file.close();
    return file.size();
}

const BenchPages &benchPages()
{
    static const BenchPages pages = made();
    return pages;
}

void measureAgainstSha256(benchmark::State &state, const std::function<void()> &work)
{
    (void)benchPages();
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
    state.SetBytesProcessed(state.iterations() * benchPages().bytes);
    state.counters["xSHA256"] = ratios[ratios.size() / 2];
    state.counters["MB"] = static_cast<double>(benchPages().bytes) / 1e6;
}
