console.log("Thank you for installing.");
