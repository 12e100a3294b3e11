// The words of the elements; a shop lays its own over them: data-words='{"next": "Go on"}' on the script's tag.

import { complain, locale, told } from "./page.js";

const WORDS = {
  en: {
    address: "Your e-mail address",
    agree: "Please agree above, or press “{skip}”.",
    back: "Back",
    check: "Please check your answer.",
    close: "Close",
    choose: "Choose an answer, or press “{skip}”.",
    contact_confirmed: "Your address is confirmed. Thank you.",
    contact_not_sent: "No mail is on its way, and no address is kept.",
    contact_platform: "Add our account on LINE as a friend: LINE asks you, and we write only to friends.",
    contact_waiting: "We have sent you a mail. Open the link in it to confirm; until then nothing else is sent.",
    dontKnow: "I don’t know",
    earlier: "Previous products",
    email: "By e-mail",
    enter: "Enter your e-mail address, or press “{skip}”.",
    failed: "That did not work. Please try again.",
    finish: "Show my result now",
    less: "Less",
    line: "On LINE",
    more: "More",
    moreProducts: "More products",
    must: "This question needs an answer.",
    next: "Next",
    noThanks: "No, thank you",
    pickBetween: "Choose {fewest} to {most}.",
    pickMost: "Choose up to {most}.",
    progress: "Question {number} of at most {most}",
    rankHint: "Tap in your order, starting with your favourite.",
    ratherNot: "I’d rather not say",
    relaxed: "Nothing fits every wish, so these come closest.",
    restart: "Start again",
    result: "What fits you",
    save: "Save, or go on with another device",
    send: "Yes, please",
    skip: "Skip this question",
    soFar: "What fits so far",
    thanks: "Thank you. This makes your suggestions better.",
    tooManyMessages: "Too many mails were asked for today. Please try again tomorrow.",
  },
  ja: {
    address: "メールアドレス",
    agree: "上の内容に同意するか、「{skip}」を押してください。",
    back: "戻る",
    check: "回答をご確認ください。",
    close: "閉じる",
    choose: "回答を選ぶか、「{skip}」を押してください。",
    contact_confirmed: "メールアドレスの確認が済んでいます。ありがとうございます。",
    contact_not_sent: "メールは送られていません。アドレスも保存していません。",
    contact_platform: "LINEで当店を友だちに追加してください。お届けは友だちの方にだけ行います。",
    contact_waiting: "確認メールをお送りしました。メールのリンクを開いて確認してください。それまで、ほかには何もお届けしません。",
    dontKnow: "わからない",
    earlier: "前の商品",
    email: "メール",
    enter: "メールアドレスを入力するか、「{skip}」を押してください。",
    failed: "うまくいきませんでした。もう一度お試しください。",
    finish: "ここまでの結果を見る",
    less: "減らす",
    line: "LINE",
    more: "増やす",
    moreProducts: "次の商品",
    must: "この質問には回答が必要です。",
    next: "次へ",
    noThanks: "今回は見送る",
    pickBetween: "{fewest}〜{most}個選んでください。",
    pickMost: "{most}個まで選べます。",
    progress: "質問{number}（最大{most}問）",
    rankHint: "お好きな順にタップしてください。",
    ratherNot: "答えない",
    relaxed: "すべての希望に合う商品がないため、近いものを選びました。",
    restart: "はじめからやり直す",
    result: "あなたに合う商品",
    save: "保存する・別の端末で続ける",
    send: "同意して受け取る",
    skip: "この質問をとばす",
    soFar: "ここまでの回答に合う商品",
    thanks: "ありがとうございます。おすすめに役立てます。",
    tooManyMessages: "本日の送信回数の上限に達しました。明日もう一度お試しください。",
  },
};

function ofTheShop() {
  try {
    return JSON.parse(told.words ?? "{}");
  } catch (error) {
    complain(error);
    return {};
  }
}
const words = { ...WORDS.en, ...WORDS[locale.slice(0, 2)], ...ofTheShop() };

export function say(name, values = {}) {
  return String(words[name]).replace(/\{(\w+)\}/g, (_, place) => values[place]);
}
