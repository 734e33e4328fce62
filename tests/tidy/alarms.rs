//! What goes wrong is noticed, and whoever is woken by it finds what to do in docs/operations.md.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tests::template::{resources, root, template};

#[test]
fn every_alarm_has_its_section_with_meaning_first_look_and_what_to_do() {
    let template = template();
    let alarms = alarms(&template);
    let text = fs::read_to_string(root().join("docs/operations.md")).unwrap();
    let part = text.split("\n## ").find(|it| it.starts_with("Alarms\n")).unwrap();
    let mut told = BTreeSet::new();
    for section in part.split("\n### ").skip(1) {
        let (heading, body) = section.split_once('\n').unwrap();
        for word in ["**Meaning:**", "**First look:**", "**What to do:**"] {
            assert!(body.contains(word), "{heading}: {word}");
        }
        told.extend(heading.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    let names: BTreeSet<String> = alarms.iter().map(|it| it.0.clone()).collect();
    assert_eq!(told, names);
}

#[test]
fn every_function_and_queue_is_watched() {
    let template = template();
    let watched: BTreeSet<String> = alarms(&template).into_iter().flat_map(|it| it.1).collect();
    let mut missing = Vec::new();
    let mut need = |metric: &str, of: &str| {
        let watched = watched.contains(&format!("{metric} !Ref {of}"))
            || watched.contains(&format!("{metric} !GetAtt {of}.QueueName"));
        if !watched {
            missing.push(format!("{metric} of {of}"));
        }
    };
    for (function, it) in resources(&template, "AWS::Serverless::Function") {
        need("AWS/Lambda Errors", function);
        need("AWS/Lambda Throttles", function);
        if it["Properties"]["Events"].is_object() {
            need("AWS/Lambda Invocations", function);
        }
    }
    for (queue, it) in resources(&template, "AWS::SQS::Queue") {
        let dead = it["Properties"]["RedrivePolicy"].is_null();
        let (dead_letters, age) =
            ("AWS/SQS ApproximateNumberOfMessagesVisible", "AWS/SQS ApproximateAgeOfOldestMessage");
        need(if dead { dead_letters } else { age }, queue);
    }
    need("Tandem SignaturesRefused", "WebhookIngest");
    need("Tandem SyncsOverdue", "ContactSync");
    need("Tandem PushesLongUnknown", "TimePush");
    for function in ["Api", "ContactSync", "JobCreate", "TimePush"] {
        need("Tandem InvalidGrants", function);
        need("Tandem CallsOnReserve", function);
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// An alarm on a word that nothing counts would never go off.
#[test]
fn what_alarms_and_dashboard_ask_for_is_counted() {
    let source = fs::read_to_string(root().join("shared/domain/src/metric.rs")).unwrap();
    let template = template();
    let body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"].as_str().unwrap();
    serde_json::from_str::<Value>(body).unwrap();
    let shown = body.lines().filter_map(|it| it.strip_prefix("[\"Tandem\", \"")?.split('"').next());
    let mut asked: BTreeSet<String> = shown.map(str::to_owned).collect();
    for (_, of) in alarms(&template) {
        let ours = of.iter().filter_map(|it| it.strip_prefix("Tandem ")?.split(' ').next());
        asked.extend(ours.map(str::to_owned));
    }
    assert!(asked.len() > 10, "{asked:?}");
    for metric in asked {
        assert!(source.contains(&format!("=> \"{metric}\"")), "nothing counts {metric}");
    }
}

#[test]
fn every_alarm_tells_someone_when_it_begins_and_when_it_is_over() {
    let tells = "!If [HasAlarmTopic, [!Ref AlarmTopic], !Ref AWS::NoValue]";
    for (name, alarm) in resources(&template(), "AWS::CloudWatch::Alarm") {
        for when in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm["Properties"][when], tells, "{name}");
        }
    }
}

/// The alarms, each with the metrics it looks at: `{namespace} {metric} {of}`.
fn alarms(template: &Value) -> Vec<(String, Vec<String>)> {
    let of = |it: &Value| {
        let dimension = it["Dimensions"][0].as_str().unwrap_or_default();
        let of = dimension.split("Value: ").nth(1).unwrap_or_default().trim_end_matches(" }");
        let word = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} {of}", word("Namespace"), word("MetricName"))
    };
    let alarms = resources(template, "AWS::CloudWatch::Alarm").into_iter();
    let looked_at = alarms.map(|(name, it)| {
        let it = &it["Properties"];
        let many = it["Metrics"].as_array().into_iter().flatten();
        let many: Vec<String> = many.map(|it| of(&it["MetricStat"]["Metric"])).collect();
        (name.clone(), if many.is_empty() { vec![of(it)] } else { many })
    });
    looked_at.collect()
}
